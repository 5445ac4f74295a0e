import { type FormEvent, useEffect, useRef, useState } from 'react'
import { Button, QuietButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import type { Turn } from '../conversation'
import { AnswerView } from './answer-view'
import { useGrowing } from './use-growing'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

interface Props {
  turn: Turn
  isLast: boolean
  idle: boolean
  editing: boolean
  onEdit: (on: boolean) => void
  onAsk: (question: string) => void
}

export function TurnView({ turn, isLast, idle, editing, onEdit, onAsk }: Props) {
  return (
    <>
      <article aria-label="You" className="group mb-5.5">
        <header className="mb-0.5 flex h-5 items-center justify-between text-12 text-ink3">
          <h2 className="text-12 font-normal">
            You, <time dateTime={turn.askedAt.toISOString()}>{clock.format(turn.askedAt)}</time>
          </h2>
          {!editing && (
            <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
              <CopyButton text={turn.question} of="your message" />
              {idle && (
                <QuietButton onClick={() => onEdit(true)} aria-label="Edit your message">
                  Edit
                </QuietButton>
              )}
            </span>
          )}
        </header>
        {editing ? (
          <EditQuestion turn={turn} isLast={isLast} onCancel={() => onEdit(false)} onSend={onAsk} />
        ) : (
          <p className="whitespace-pre-wrap">{turn.question}</p>
        )}
      </article>
      <AnswerView turn={turn} canRetry={isLast && idle} onRetry={() => onAsk(turn.question)} />
    </>
  )
}

function EditQuestion({
  turn,
  isLast,
  onCancel,
  onSend,
}: {
  turn: Turn
  isLast: boolean
  onCancel: () => void
  onSend: (question: string) => void
}) {
  const [text, setText] = useState(turn.question)
  const field = useRef<HTMLTextAreaElement>(null)
  useGrowing(field, text)

  useEffect(() => {
    const area = field.current
    area?.focus()
    area?.setSelectionRange(area.value.length, area.value.length)
  }, [])

  const submit = (event?: FormEvent) => {
    event?.preventDefault()
    if (text.trim()) onSend(text.trim())
  }

  return (
    <form onSubmit={submit}>
      <textarea
        ref={field}
        aria-label="Edit your message"
        value={text}
        rows={1}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault()
            onCancel()
          } else if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault()
            submit()
          }
        }}
        className="block w-full resize-none rounded-control border border-line-strong bg-surface px-3 py-2"
      />
      <div className="mt-2 flex flex-wrap items-center gap-2.5">
        <Button tone="primary" type="submit" disabled={!text.trim()}>
          Send again
        </Button>
        <Button onClick={onCancel}>Cancel</Button>
        <span className="text-12 text-ink2">
          {isLast ? 'Replaces the answer below.' : 'Replaces everything below.'}
        </span>
      </div>
    </form>
  )
}
