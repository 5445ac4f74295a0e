import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type RefObject, useEffect, useId, useState } from 'react'
import { Button } from '@/components/button'
import { formatAbout } from '@/lib/money'
import { estimateQuery } from '../api/get-estimate'
import { type Choice, type Conversation, requestFor } from '../conversation'
import { LevelPicker } from './level-picker'
import { useGrowing } from './use-growing'

interface Props {
  ref: RefObject<HTMLTextAreaElement | null>
  draft: string
  onDraft: (draft: string) => void
  choice: Choice
  onChoose: (choice: Choice) => void
  conversation: Conversation
  answering: boolean
  onSend: () => void
  onStop: () => void
}

export function Composer({
  ref,
  draft,
  onDraft,
  choice,
  onChoose,
  conversation,
  answering,
  onSend,
  onStop,
}: Props) {
  const field = useId()
  const canSend = draft.trim() !== '' && !answering
  useGrowing(ref, draft)

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (canSend) onSend()
  }

  return (
    // On a low screen, or at a large zoom, it would cover what it belongs to: there it stays in its place.
    <div className="z-10 -mx-1 bg-bg px-1 pt-1 pb-4 [@media(min-height:600px)]:sticky [@media(min-height:600px)]:bottom-0 max-nav:[@media(min-height:600px)]:bottom-(--bottom-bar)">
      <form
        onSubmit={submit}
        className="rounded-[10px] border border-line-strong bg-surface px-3 py-2.5 has-[textarea:focus-visible]:outline-2 has-[textarea:focus-visible]:-outline-offset-1 has-[textarea:focus-visible]:outline-brand"
      >
        <label htmlFor={field} className="block text-12 text-ink3">
          Message
        </label>
        <textarea
          ref={ref}
          id={field}
          rows={2}
          value={draft}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={(event) => {
            // While an input method composes a word, Enter belongs to it.
            if (event.key !== 'Enter' || event.shiftKey || event.nativeEvent.isComposing) return
            event.preventDefault()
            submit()
          }}
          placeholder="Ask something. Enter sends, Shift+Enter adds a line."
          className="block w-full resize-none bg-transparent py-0.5 outline-none"
        />
        <div className="mt-1.5 flex flex-wrap items-center justify-between gap-2.5">
          <LevelPicker value={choice.level} onChange={(level) => onChoose({ ...choice, level })} />
          <div className="ml-auto flex items-center gap-2.5">
            {canSend && <Estimate conversation={conversation} draft={draft} choice={choice} />}
            {answering ? (
              <Button onClick={onStop} aria-keyshortcuts="Escape">
                <span className="size-2.5 rounded-mark bg-live forced-color-adjust-none" /> Stop
              </Button>
            ) : (
              <Button tone="primary" type="submit" disabled={!canSend}>
                Send
              </Button>
            )}
          </div>
        </div>
      </form>
    </div>
  )
}

function Estimate({
  conversation,
  draft,
  choice,
}: {
  conversation: Conversation
  draft: string
  choice: Choice
}) {
  const question = useSettled(draft.trim(), 500)
  const { data } = useQuery({
    ...estimateQuery(requestFor(conversation.turns, question, choice)),
    enabled: question !== '',
  })
  return data ? <span className="text-12 text-ink3">Est. {formatAbout(data)}</span> : null
}

/** A value once it has stayed the same for a while. */
function useSettled(value: string, ms: number) {
  const [settled, setSettled] = useState('')
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), ms)
    return () => clearTimeout(timer)
  }, [value, ms])
  return settled
}
