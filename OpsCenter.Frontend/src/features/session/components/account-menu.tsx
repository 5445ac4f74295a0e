import { DropdownMenu } from 'radix-ui'
import {
  allowSingleKeyShortcuts,
  chooseTheme,
  type Theme,
  useSingleKeyShortcuts,
  useTheme,
} from '@/lib/preferences'
import type { Me } from '../api/get-me'
import { useSignOut } from '../api/sign-out'

const themes: { value: Theme; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
]

const item =
  'flex h-8 items-center justify-between gap-6 rounded-[4px] px-2 text-13 outline-none select-none data-highlighted:bg-brand-soft data-highlighted:text-brand forced-colors:data-highlighted:underline pointer-coarse:h-11'

const tick = (
  <DropdownMenu.ItemIndicator>
    <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden="true">
      <path d="M2 6.5 4.8 9 10 3" fill="none" stroke="currentColor" strokeWidth="1.75" />
    </svg>
  </DropdownMenu.ItemIndicator>
)

export function AccountMenu({ me }: { me: Me }) {
  const theme = useTheme()
  const shortcuts = useSingleKeyShortcuts()
  const signOut = useSignOut()

  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger className="flex min-h-8 w-full min-w-0 items-center justify-between gap-2 rounded-control px-2 py-1 text-left text-13 text-ink2 hover:bg-sunken data-[state=open]:bg-sunken max-nav:min-h-11">
        <span className="min-w-0 truncate">{me.user.name || me.user.email}</span>
        <svg
          width="10"
          height="6"
          viewBox="0 0 10 6"
          aria-hidden="true"
          className="shrink-0 rotate-180 text-ink3"
        >
          <path d="m1 1 4 4 4-4" fill="none" stroke="currentColor" strokeWidth="1.5" />
        </svg>
      </DropdownMenu.Trigger>
      {/* Not in a portal: what it says about the account belongs to the banner it opens from. */}
      <DropdownMenu.Content
        side="top"
        align="start"
        sideOffset={6}
        collisionPadding={12}
        className="fade-in z-30 w-60 rounded-surface border border-line-strong bg-surface p-1"
      >
        <div className="px-2 pt-1.5 pb-2 text-12 text-ink2">
          <div className="text-13 text-ink">{me.user.email}</div>
          {me.account.name}, {me.account.tier} tier
        </div>
        <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />
        <DropdownMenu.Label className="px-2 pt-1 pb-0.5 text-11 font-medium text-ink3">
          Theme
        </DropdownMenu.Label>
        <DropdownMenu.RadioGroup value={theme} onValueChange={(value) => chooseTheme(value as Theme)}>
          {themes.map(({ value, label }) => (
            <DropdownMenu.RadioItem
              key={value}
              value={value}
              className={item}
              onSelect={(event) => event.preventDefault()}
            >
              {label}
              {tick}
            </DropdownMenu.RadioItem>
          ))}
        </DropdownMenu.RadioGroup>
        <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />
        <DropdownMenu.CheckboxItem
          checked={shortcuts}
          onCheckedChange={allowSingleKeyShortcuts}
          onSelect={(event) => event.preventDefault()}
          className={item}
        >
          Single-key shortcuts
          {tick}
        </DropdownMenu.CheckboxItem>
        <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />
        <DropdownMenu.Item
          className={item}
          onSelect={(event) => {
            event.preventDefault()
            signOut.mutate()
          }}
        >
          {signOut.isPending ? 'Signing out' : signOut.isError ? 'Not signed out. Try again' : 'Sign out'}
        </DropdownMenu.Item>
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  )
}
