import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from 'react'
import { Button } from '@/components/button'
import { formatCost } from '@/lib/money'
import { useLetter } from '@/lib/use-shortcut'
import { useTitle } from '@/lib/use-title'
import { type Choice, type isRunning, requestFor, titleOf, totals } from '../conversation'
import { isAnswering, liveConversation } from '../live-conversation'
import { useDraft } from '../use-draft'
import { preloadMarkdown } from './answer-view'
import { Composer } from './composer'
import { ConversationTotals } from './conversation-totals'
import { CopyAsMenu } from './copy-as-menu'
import { ModelPicker } from './model-picker'
import { TurnView } from './turn-view'

interface Props {
  userId: string
  choice: Choice
  onChoose: (choice: Choice) => void
  /** What the account has now, already as text; the totals show it beside what was spent. */
  balance: string
  onSettled: () => void
  onSignedOut: () => void
}

export function ChatPage({ userId, choice, onChoose, balance, onSettled, onSignedOut }: Props) {
  liveConversation.belongTo(userId)
  const conversation = useSyncExternalStore(liveConversation.subscribe, liveConversation.snapshot)
  const [draft, setDraft] = useDraft(userId)
  const [editing, setEditing] = useState<string | null>(null)
  const composer = useRef<HTMLTextAreaElement>(null)
  const log = useRef<HTMLDivElement>(null)
  const answering = isAnswering(conversation)
  const title = titleOf(conversation)
  useTitle(title)
  const { column, follow } = useFollow(conversation)

  // The field or button that had the focus goes away; the conversation it was in takes it.
  const closeEdit = () => {
    setEditing(null)
    if (log.current?.contains(document.activeElement)) log.current.focus({ preventScroll: true })
  }

  const ask = (question: string, insteadOf?: string) => {
    follow()
    closeEdit()
    void liveConversation.ask(
      question,
      choice,
      {
        onSettled,
        onSignedOut: (unsent) => {
          setDraft(unsent)
          onSignedOut()
        },
      },
      insteadOf,
    )
  }

  const startOver = () => {
    liveConversation.clear()
    setEditing(null)
    composer.current?.focus()
  }
  useLetter('n', startOver)

  useEffect(() => {
    if (!answering) return
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) liveConversation.stop()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [answering])

  const writing = draft !== ''
  useEffect(() => {
    if (writing) preloadMarkdown()
  }, [writing])

  const last = conversation.turns.at(-1)

  return (
    <>
      <header className="relative flex flex-wrap items-center justify-between gap-x-4 gap-y-3 pb-2.5">
        <h1 className="min-w-0">{title}</h1>
        <div className="flex max-w-full min-w-0 flex-wrap items-center gap-2.5">
          <ModelPicker value={choice.model} onChange={(model) => onChoose({ ...choice, model })} />
          <CopyAsMenu
            request={() =>
              draft.trim() || !last
                ? requestFor(conversation.turns, draft.trim() || 'Hello', choice)
                : requestFor(conversation.turns.slice(0, -1), last.question, choice)
            }
          />
          {conversation.turns.length > 0 && (
            <Button onClick={startOver} aria-keyshortcuts="n">
              New chat
            </Button>
          )}
        </div>
        {answering && <div className="fade-in absolute inset-x-0 bottom-0 h-0.5 bg-live" />}
      </header>

      <div className="grid gap-x-7 gap-y-8 pt-2 aside:grid-cols-[minmax(0,1fr)_300px]">
        <div ref={column} className="min-w-0 max-w-[760px]">
          {conversation.turns.length === 0 && (
            <p className="max-w-[720px] pb-5 text-ink2">
              Messages and answers appear here. Auto picks a model for each message, and the line under an
              answer says which one, why, and what it cost.
            </p>
          )}
          <div
            ref={log}
            tabIndex={-1}
            role="log"
            aria-label="Conversation"
            aria-live="off"
            aria-busy={answering}
            className="flex max-w-[720px] flex-col outline-none"
          >
            {conversation.turns.map((turn) => (
              <TurnView
                key={turn.id}
                turn={turn}
                isLast={turn === last}
                idle={!answering}
                editing={editing === turn.id}
                onEdit={(on) => (on ? setEditing(turn.id) : closeEdit())}
                onAsk={(question) => ask(question, turn.id)}
              />
            ))}
          </div>
          <p role="status" className="sr-only">
            {last && statusOf(last.answer)}
          </p>
          <Composer
            ref={composer}
            draft={draft}
            onDraft={setDraft}
            choice={choice}
            onChoose={onChoose}
            conversation={conversation}
            answering={answering}
            onSend={() => {
              ask(draft.trim())
              setDraft('')
            }}
            onStop={() => liveConversation.stop()}
          />
        </div>
        <ConversationTotals totals={totals(conversation)} balance={balance} />
      </div>
    </>
  )
}

/** One sentence per change, for those who listen: the text itself would be read word by word. */
function statusOf(answer: Parameters<typeof isRunning>[0]) {
  switch (answer.status) {
    case 'waiting':
    case 'streaming':
      return 'Answering'
    case 'stopped':
      return 'Stopped'
    case 'failed':
      // The note in the message is an alert and speaks for itself.
      return ''
    case 'done':
      return answer.receipt
        ? `Done, ${answer.receipt.completionTokens.toLocaleString('en')} tokens, ${formatCost(answer.receipt.cost)}`
        : 'Done'
  }
}

/** Keeps the end of the column in view while it grows, unless the reader has scrolled away from it. */
function useFollow(grows: unknown) {
  const column = useRef<HTMLDivElement>(null)
  const following = useRef(true)

  const belowTheEdge = () => (column.current?.getBoundingClientRect().bottom ?? 0) - visibleBottom()

  useEffect(() => {
    const onScroll = () => {
      following.current = belowTheEdge() < 64
    }
    window.addEventListener('scroll', onScroll, { passive: true })
    return () => window.removeEventListener('scroll', onScroll)
  })

  // biome-ignore lint/correctness/useExhaustiveDependencies: every change of the conversation may have made it longer
  useLayoutEffect(() => {
    const hidden = belowTheEdge()
    if (following.current && hidden > 0) window.scrollBy(0, hidden)
  }, [grows])

  return {
    column,
    follow: () => {
      following.current = true
    },
  }
}

/** The bottom bar of narrow screens covers a part of the page. */
function visibleBottom() {
  const bar = document.querySelector('[data-bottom-bar]')?.getBoundingClientRect()
  return bar && bar.width > window.innerWidth / 2 ? bar.top : window.innerHeight
}
