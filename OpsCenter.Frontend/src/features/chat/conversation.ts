import type { Attempt } from '@/components/route-ribbon'
import { sumMoney } from '@/lib/money'
import type { PowerLevel } from '@/lib/power-levels'
import type { Problem } from '@/lib/problem'

export interface Choice {
  model: string
  level: PowerLevel
}

export interface Message {
  role: 'user' | 'assistant'
  content: string
}

export interface ChatRequest {
  model: string
  power_level: PowerLevel
  messages: Message[]
}

/** What the gateway says about an answer once it is complete; the same figures that are billed. */
export interface Receipt {
  requestId: string
  provider: string
  model: string
  level: PowerLevel | null
  task: string | null
  cost: string | null
  cached: boolean
  attempts: Attempt[]
  reason: string | null
  promptTokens: number
  completionTokens: number
  totalTokens: number
}

export interface Answer {
  status: 'waiting' | 'streaming' | 'done' | 'stopped' | 'failed'
  text: string
  reasoning: string
  startedAt: number
  firstTokenMs: number | null
  finishReason: string | null
  requestId: string | null
  receipt: Receipt | null
  problem: Problem | null
}

export interface Turn {
  id: string
  question: string
  askedAt: Date
  choice: Choice
  answer: Answer
}

export interface Conversation {
  turns: readonly Turn[]
  /** Answers that a retry or an edit took off the page. They were paid for, so the totals keep them. */
  replaced: readonly Answer[]
}

export const emptyConversation: Conversation = { turns: [], replaced: [] }

export const isRunning = (answer: Answer) => answer.status === 'waiting' || answer.status === 'streaming'

export function newTurn(
  id: string,
  question: string,
  choice: Choice,
  askedAt: Date,
  startedAt: number,
): Turn {
  return {
    id,
    question,
    askedAt,
    choice,
    answer: {
      status: 'waiting',
      text: '',
      reasoning: '',
      startedAt,
      firstTokenMs: null,
      finishReason: null,
      requestId: null,
      receipt: null,
      problem: null,
    },
  }
}

/** Puts a turn at the end; or, when it takes the place of an older one, there, dropping what followed from it. */
export function withTurn({ turns, replaced }: Conversation, turn: Turn, insteadOf?: string): Conversation {
  const place = insteadOf === undefined ? turns.length : turns.findIndex(({ id }) => id === insteadOf)
  if (place < 0) return { turns: [...turns, turn], replaced }
  return {
    turns: [...turns.slice(0, place), turn],
    replaced: [...replaced, ...turns.slice(place).map(({ answer }) => answer)],
  }
}

export function withAnswer(conversation: Conversation, id: string, change: Partial<Answer>): Conversation {
  return {
    ...conversation,
    turns: conversation.turns.map((turn) =>
      turn.id === id ? { ...turn, answer: { ...turn.answer, ...change } } : turn,
    ),
  }
}

export const withoutTurn = (conversation: Conversation, id: string): Conversation => ({
  ...conversation,
  turns: conversation.turns.filter((turn) => turn.id !== id),
})

/** What a model is sent: the turns that have an answer, then the question. Roles alternate, as some providers insist. */
export function requestFor(turns: readonly Turn[], question: string, { model, level }: Choice): ChatRequest {
  const before = turns
    .filter(({ answer }) => answer.text !== '')
    .flatMap(({ question, answer }): Message[] => [
      { role: 'user', content: question },
      { role: 'assistant', content: answer.text },
    ])
  return { model, power_level: level, messages: [...before, { role: 'user', content: question }] }
}

/** The turns in front of one, or all of them. */
export function turnsBefore({ turns }: Conversation, id: string) {
  const place = turns.findIndex((turn) => turn.id === id)
  return place < 0 ? turns : turns.slice(0, place)
}

export function totals({ turns, replaced }: Conversation) {
  const answers = [...replaced, ...turns.map(({ answer }) => answer)]
  const receipts = answers.map(({ receipt }) => receipt).filter((receipt) => receipt !== null)
  const sum = (of: (receipt: Receipt) => number) =>
    receipts.reduce((total, receipt) => total + of(receipt), 0)
  return {
    messages: turns.reduce((count, { answer }) => count + (answer.text ? 2 : 1), 0),
    tokensIn: sum((receipt) => receipt.promptTokens),
    tokensOut: sum((receipt) => receipt.completionTokens),
    cost: sumMoney(receipts.map(({ cost }) => cost).filter((cost) => cost !== null)),
    receipts: receipts.length,
    replaced: replaced.filter(({ receipt }) => receipt !== null).length,
    /** Broken off after the provider had begun: something may have been charged that no receipt says. */
    unreceipted: answers.filter(
      (answer) => !isRunning(answer) && answer.text !== '' && answer.receipt?.cost == null,
    ).length,
  }
}

export function titleOf({ turns }: Conversation) {
  const line = turns[0]?.question.trim().split('\n')[0] ?? ''
  if (line.length <= 60) return line || 'New chat'
  const cut = line.slice(0, 58)
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 30))}…`
}
