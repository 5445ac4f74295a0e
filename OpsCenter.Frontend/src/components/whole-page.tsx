import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { asProblem } from '@/lib/problem'
import { useTitle } from '@/lib/use-title'
import { Button } from './button'
import { Mark } from './mark'
import { ProblemNote } from './problem-note'

function WholePage({ title, children }: { title: string; children: ReactNode }) {
  useTitle(title)
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[480px] flex-col px-5 pt-[18vh] pb-10">
      <div className="flex items-center gap-2.5 text-16 font-semibold tracking-[-0.01em]">
        <Mark /> OpsCenter
      </div>
      <h1 className="mt-7">{title}</h1>
      {children}
    </main>
  )
}

export function NotFoundPage() {
  return (
    <WholePage title="No such page">
      <p className="mt-1 text-ink2">
        There is nothing at <span className="mono">{window.location.pathname}</span>. The address may be
        mistyped.
      </p>
      <p className="mt-4">
        <Link to="/chat" className="link inline-flex min-h-6 items-center">
          Go to Chat
        </Link>
      </p>
    </WholePage>
  )
}

export function ProblemPage({ error, onRetry }: { error: unknown; onRetry: () => void }) {
  const problem = asProblem(error)
  return (
    <WholePage
      title={problem.code === 'unreachable' ? 'OpsCenter does not answer' : 'This page could not be loaded'}
    >
      <ProblemNote problem={problem} title={problem.status ? `Error ${problem.status}` : 'No answer'} />
      <div className="mt-4">
        <Button tone="primary" onClick={onRetry}>
          Retry
        </Button>
      </div>
    </WholePage>
  )
}
