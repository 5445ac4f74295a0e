import { asProblem, isSignedOut } from '@/lib/problem'
import { type AnswerEvent, streamAnswer } from './api/stream-answer'
import {
  type Answer,
  type Choice,
  type Conversation,
  emptyConversation,
  isRunning,
  newTurn,
  requestFor,
  turnsBefore,
  withAnswer,
  withoutTurn,
  withTurn,
} from './conversation'

export interface Listener {
  /** An answer ended, however it ended: money may have moved. */
  onSettled: () => void
  /** The session is over; the question was taken back and is handed over to be kept. */
  onSignedOut: (question: string) => void
}

/**
 * The conversation of this tab and the answer that is arriving in it. It lives outside the page, so that
 * going to another page, or signing in again, does not lose it; it is kept in memory only.
 */
class LiveConversation {
  #conversation: Conversation = emptyConversation
  #owner: string | null = null
  #running: AbortController | null = null
  #asked = 0
  readonly #subscribers = new Set<() => void>()

  readonly subscribe = (subscriber: () => void) => {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }

  readonly snapshot = () => this.#conversation

  /** A conversation is for the eyes of the person who had it. */
  belongTo(userId: string) {
    if (this.#owner !== null && this.#owner !== userId) this.clear()
    this.#owner = userId
  }

  clear() {
    this.stop()
    this.#set(emptyConversation)
  }

  stop() {
    this.#running?.abort()
  }

  async ask(question: string, choice: Choice, listener: Listener, insteadOf?: string) {
    if (this.#running) return
    const running = new AbortController()
    this.#running = running

    const before =
      insteadOf === undefined ? this.#conversation.turns : turnsBefore(this.#conversation, insteadOf)
    const turn = newTurn(`turn-${++this.#asked}`, question, choice, new Date(), performance.now())
    const request = requestFor(before, question, choice)
    this.#set(withTurn(this.#conversation, turn, insteadOf))

    const answer = new ArrivingAnswer(turn.answer.startedAt, (change) =>
      this.#set(withAnswer(this.#conversation, turn.id, change)),
    )
    try {
      for await (const event of streamAnswer(request, running.signal)) answer.take(event)
      answer.end({ status: 'done' })
    } catch (error) {
      if (running.signal.aborted) {
        answer.end({ status: 'stopped' })
      } else if (isSignedOut(error)) {
        answer.drop()
        this.#set(withoutTurn(this.#conversation, turn.id))
        listener.onSignedOut(question)
        return
      } else {
        const problem = asProblem(error)
        answer.end({ status: 'failed', problem, ...(problem.requestId && { requestId: problem.requestId }) })
      }
    } finally {
      if (this.#running === running) this.#running = null
    }
    listener.onSettled()
  }

  #set(conversation: Conversation) {
    this.#conversation = conversation
    for (const subscriber of this.#subscribers) subscriber()
  }
}

/** Gathers what arrives and shows it once a frame: a fast model sends more often than a screen can draw. */
class ArrivingAnswer {
  #text = ''
  #reasoning = ''
  #firstTokenMs: number | null = null
  #frame: number | null = null
  readonly #startedAt: number
  readonly #show: (change: Partial<Answer>) => void

  constructor(startedAt: number, show: (change: Partial<Answer>) => void) {
    this.#startedAt = startedAt
    this.#show = show
  }

  take(event: AnswerEvent) {
    switch (event.kind) {
      case 'opened':
        return this.#show({ requestId: event.requestId })
      case 'finished':
        return this.#show({ finishReason: event.reason })
      case 'receipt':
        return this.#show({ receipt: event.receipt, requestId: event.receipt.requestId })
      case 'text':
        this.#text += event.text
        break
      case 'reasoning':
        this.#reasoning += event.text
        break
    }
    this.#firstTokenMs ??= performance.now() - this.#startedAt
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = null
      this.#show({ ...this.#soFar(), status: 'streaming' })
    })
  }

  end(change: Partial<Answer>) {
    this.drop()
    this.#show({ ...this.#soFar(), ...change })
  }

  drop() {
    if (this.#frame !== null) cancelAnimationFrame(this.#frame)
    this.#frame = null
  }

  #soFar() {
    return { text: this.#text, reasoning: this.#reasoning, firstTokenMs: this.#firstTokenMs }
  }
}

export const liveConversation = new LiveConversation()

export const isAnswering = ({ turns }: Conversation) => turns.some(({ answer }) => isRunning(answer))
