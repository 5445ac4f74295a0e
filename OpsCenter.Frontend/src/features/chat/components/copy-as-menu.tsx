import { DropdownMenu } from 'radix-ui'
import { Button } from '@/components/button'
import { useCopy } from '@/components/copy-button'
import type { ChatRequest } from '../conversation'
import { asCSharp, asCurl } from '../snippets'

const item =
  'flex h-8 items-center rounded-[4px] px-2 text-13 outline-none select-none data-highlighted:bg-brand-soft data-highlighted:text-brand forced-colors:data-highlighted:underline pointer-coarse:h-11'

export function CopyAsMenu({ request }: { request: () => ChatRequest }) {
  const [outcome, copy] = useCopy()
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button>
          <span aria-live="polite">
            {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'The browser refused' : 'Copy as'}
          </span>
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={6}
          collisionPadding={12}
          className="fade-in z-30 min-w-36 rounded-surface border border-line-strong bg-surface p-1"
        >
          <DropdownMenu.Item
            className={item}
            onSelect={() => copy(asCurl(request(), window.location.origin))}
          >
            curl
          </DropdownMenu.Item>
          <DropdownMenu.Item
            className={item}
            onSelect={() => copy(asCSharp(request(), window.location.origin))}
          >
            C#
          </DropdownMenu.Item>
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
