import { Link, type LinkProps } from '@tanstack/react-router'
import { type ReactNode, useSyncExternalStore } from 'react'
import { Mark } from './mark'

interface Props {
  account: ReactNode
  balance: ReactNode
  /** One quiet line about the whole installation, when there is something to say. */
  notice?: ReactNode
  children: ReactNode
}

/** The frame of every page: links and balance in a column at the left, or in a bar at the bottom of narrow screens. */
export function Shell({ account, balance, notice, children }: Props) {
  return (
    <div className="min-h-dvh [--bottom-bar:calc(57px+env(safe-area-inset-bottom))] nav:grid nav:grid-cols-[216px_minmax(0,1fr)]">
      <a
        href="#content"
        className="absolute -left-[999px] z-40 rounded-control bg-brand px-3 py-2 text-13 font-medium text-on-brand focus:top-3 focus:left-3"
      >
        Skip to content
      </a>

      <header
        data-bottom-bar
        className="text-13 max-nav:fixed max-nav:inset-x-0 max-nav:bottom-0 max-nav:z-20 max-nav:flex max-nav:h-(--bottom-bar) max-nav:items-center max-nav:gap-1 max-nav:border-t max-nav:border-line max-nav:bg-bg max-nav:px-2 max-nav:pb-[env(safe-area-inset-bottom)] nav:sticky nav:top-0 nav:z-20 nav:flex nav:h-dvh nav:flex-col nav:border-r nav:border-line nav:px-3 nav:py-4"
      >
        <div className="flex items-center gap-2.5 px-2 pt-0.5 pb-3.5 text-16 font-semibold tracking-[-0.01em] max-nav:hidden">
          <Mark /> OpsCenter
        </div>
        <nav aria-label="Main" className="flex flex-col gap-0.5 nav:min-h-0 nav:overflow-y-auto">
          <NavLink to="/chat">Chat</NavLink>
        </nav>
        <div className="flex min-w-0 items-center justify-between gap-2 max-nav:flex-1 nav:mt-auto nav:block">
          {notice && <div className="px-2 pb-3 text-12 text-ink2 max-nav:hidden">{notice}</div>}
          <div className="min-w-0 max-nav:order-2 nav:pb-2">{account}</div>
          <div className="nav:border-t nav:border-line nav:pt-3">{balance}</div>
        </div>
      </header>

      <main
        id="content"
        tabIndex={-1}
        className="mx-0 w-full min-w-0 max-w-[1240px] px-4 pt-4 max-nav:pb-(--bottom-bar) nav:px-7 nav:pt-5"
      >
        <OfflineBanner />
        {notice && <div className="pb-3 text-12 text-ink2 nav:hidden">{notice}</div>}
        {children}
      </main>
    </div>
  )
}

function NavLink({ to, children }: { to: NonNullable<LinkProps['to']>; children: ReactNode }) {
  return (
    <Link
      to={to}
      className="flex min-h-7 items-center rounded-control px-2 py-[5px] text-ink2 hover:bg-sunken aria-[current]:bg-brand-soft aria-[current]:font-semibold aria-[current]:text-brand max-nav:min-h-11 max-nav:px-4"
    >
      {children}
    </Link>
  )
}

function subscribe(listener: () => void) {
  window.addEventListener('online', listener)
  window.addEventListener('offline', listener)
  return () => {
    window.removeEventListener('online', listener)
    window.removeEventListener('offline', listener)
  }
}

function OfflineBanner() {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine)
  return (
    <div role="status">
      {!online && (
        <p className="mb-4 rounded-control border border-warn bg-warn-soft px-3 py-2 text-13 text-warn">
          This device is offline. What is on the page stays; sending works again when the connection is back.
        </p>
      )}
    </div>
  )
}
