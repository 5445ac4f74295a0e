import { type ComponentType, lazy, Suspense, useDeferredValue, useEffect, useState } from 'react'
import { Button, QuietButton } from '@/components/button'
import { CopyButton } from '@/components/copy-button'
import { ProblemNote } from '@/components/problem-note'
import { isRunning, type Turn } from '../conversation'
import { ReceiptView } from './receipt-view'

// Markdown and its parser are half of the page's weight; nobody needs them before the first answer.
// Offline, or after an update took the old files away, an answer is still readable as it was sent.
const PlainText = ({ text }: { text: string }) => <div className="whitespace-pre-wrap">{text}</div>
const loadMarkdown = (): Promise<{ default: ComponentType<{ text: string }> }> =>
  import('./markdown').catch(() => ({ default: PlainText }))
const Markdown = lazy(loadMarkdown)

/** Somebody is writing: an answer is a few seconds away, and should not begin as raw text. */
export const preloadMarkdown = () => void loadMarkdown()

const cutShort: Record<string, string> = {
  length: 'The answer reached its token limit and ends here.',
  content_filter: 'The provider’s content filter ended the answer here.',
}

export function AnswerView({
  turn,
  canRetry,
  onRetry,
}: {
  turn: Turn
  canRetry: boolean
  onRetry: () => void
}) {
  const { answer } = turn
  const text = useDeferredValue(answer.text)
  const running = isRunning(answer)
  const note = answer.finishReason && cutShort[answer.finishReason]

  return (
    <article aria-label="Assistant" className="group mb-5.5" aria-busy={running}>
      <header className="mb-0.5 flex h-5 items-center justify-between text-12 text-ink3">
        <h2 className="text-12 font-normal">Assistant</h2>
        {!running && (
          <span className="flex opacity-0 group-focus-within:opacity-100 group-hover:opacity-100 pointer-coarse:opacity-100">
            {answer.text && <CopyButton text={answer.text} of="the answer" />}
            {canRetry && answer.status !== 'failed' && (
              <QuietButton onClick={onRetry} aria-label="Retry this message">
                Retry
              </QuietButton>
            )}
          </span>
        )}
      </header>

      {answer.reasoning && (
        <details className="mb-2 text-13 text-ink2" open={running && !answer.text}>
          <summary className="min-h-6 text-12">
            {running && !answer.text ? 'Reasoning' : 'Its reasoning'}
          </summary>
          <div className="mt-1 border-l-3 border-line pl-3 whitespace-pre-wrap">{answer.reasoning}</div>
        </details>
      )}
      {text && (
        <Suspense fallback={<PlainText text={text} />}>
          <Markdown text={text} />
        </Suspense>
      )}
      {running && (
        <Progress
          startedAt={answer.startedAt}
          characters={answer.text.length}
          firstTokenMs={answer.firstTokenMs}
        />
      )}

      {note && <p className="mt-2 text-12 text-warn">{note}</p>}
      {answer.status === 'stopped' && !answer.receipt && (
        <p className="mt-2 flex flex-wrap items-center gap-x-2 text-12 text-ink2">
          {answer.text
            ? 'Stopped. What was written until then is charged.'
            : 'Stopped before the first token.'}
          {answer.requestId && (
            <span className="flex items-center">
              <span className="mono">{answer.requestId}</span>
              <CopyButton text={answer.requestId} of="request id" />
            </span>
          )}
        </p>
      )}
      {answer.problem && (
        <ProblemNote
          problem={answer.problem}
          title={answer.text ? 'The answer is not complete' : 'No answer'}
        >
          {canRetry && <Button onClick={onRetry}>Retry</Button>}
        </ProblemNote>
      )}
      {answer.receipt && <ReceiptView receipt={answer.receipt} firstTokenMs={answer.firstTokenMs} />}
    </article>
  )
}

/** What is happening now: how long it waits, then about how fast it writes (four letters to a token). */
function Progress({
  startedAt,
  characters,
  firstTokenMs,
}: {
  startedAt: number
  characters: number
  firstTokenMs: number | null
}) {
  const [now, setNow] = useState(() => performance.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(performance.now()), 200)
    return () => clearInterval(timer)
  }, [])

  const elapsed = now - startedAt
  const writing = firstTokenMs === null ? 0 : (elapsed - firstTokenMs) / 1000
  return (
    <p aria-hidden="true" className="mt-2 flex items-center gap-2 text-12 text-ink2">
      <span className="size-2 rounded-full bg-live forced-color-adjust-none" />
      {firstTokenMs === null
        ? `Waiting for the first token, ${(Math.max(elapsed, 0) / 1000).toFixed(1)} s`
        : writing > 0.5 && `About ${Math.round(characters / 4 / writing)} tokens/s`}
    </p>
  )
}
