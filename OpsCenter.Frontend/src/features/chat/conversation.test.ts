import { describe, expect, it } from 'vitest'
import {
  type Answer,
  type Choice,
  emptyConversation,
  newTurn,
  type Receipt,
  requestFor,
  titleOf,
  totals,
  turnsBefore,
  withAnswer,
  withTurn,
} from './conversation'

const eco: Choice = { model: 'auto', level: 'eco' }
const turn = (id: string, question = `Question ${id}`) => newTurn(id, question, eco, new Date(0), 0)

const receipt = (cost: string | null): Receipt => ({
  requestId: 'req',
  provider: 'groq',
  model: 'llama',
  level: 'eco',
  task: null,
  cost,
  cached: false,
  attempts: [],
  reason: null,
  promptTokens: 10,
  completionTokens: 5,
  totalTokens: 15,
})

const answered = (text: string, cost: string | null = '0.1'): Partial<Answer> => ({
  status: 'done',
  text,
  receipt: receipt(cost),
})

function talk(...ids: string[]) {
  return ids.reduce(
    (talk, id) => withAnswer(withTurn(talk, turn(id)), id, answered(`Answer ${id}`)),
    emptyConversation,
  )
}

describe('edit and resend', () => {
  it('takes the place of the old question and drops what followed from it', () => {
    const edited = withTurn(talk('a', 'b', 'c'), turn('d', 'Better question'), 'b')
    expect(edited.turns.map(({ question }) => question)).toEqual(['Question a', 'Better question'])
  })

  it('sends only what stood before the edited question', () => {
    const before = turnsBefore(talk('a', 'b', 'c'), 'b')
    expect(requestFor(before, 'Better question', eco)).toEqual({
      model: 'auto',
      power_level: 'eco',
      messages: [
        { role: 'user', content: 'Question a' },
        { role: 'assistant', content: 'Answer a' },
        { role: 'user', content: 'Better question' },
      ],
    })
  })

  it('keeps the paid answers in the totals', () => {
    const edited = withTurn(talk('a', 'b', 'c'), turn('d'), 'b')
    expect(totals(edited)).toMatchObject({
      messages: 3,
      cost: '0.3',
      tokensIn: 30,
      tokensOut: 15,
      replaced: 2,
    })
  })
})

describe('a request', () => {
  it('leaves out questions that got no answer, and keeps a broken answer as far as it came', () => {
    let conversation = withTurn(talk('a'), turn('failed'))
    conversation = withAnswer(conversation, 'failed', { status: 'failed' })
    conversation = withAnswer(withTurn(conversation, turn('stopped')), 'stopped', {
      status: 'stopped',
      text: 'Half',
    })

    expect(requestFor(conversation.turns, 'Next', eco).messages.map(({ content }) => content)).toEqual([
      'Question a',
      'Answer a',
      'Question stopped',
      'Half',
      'Next',
    ])
  })
})

describe('totals', () => {
  it('count answers whose cost nobody reported', () => {
    const conversation = withAnswer(withTurn(talk('a'), turn('b')), 'b', { status: 'stopped', text: 'Half' })
    expect(totals(conversation)).toMatchObject({ cost: '0.1', unreceipted: 1, receipts: 1 })
  })

  it('of an empty conversation are zero', () => {
    expect(totals(emptyConversation)).toMatchObject({ messages: 0, cost: '0', unreceipted: 0 })
  })
})

describe('a title', () => {
  it('is the first line of the first question, cut between words', () => {
    expect(titleOf(emptyConversation)).toBe('New chat')
    expect(titleOf(withTurn(emptyConversation, turn('a', 'Sort a list\nin C#')))).toBe('Sort a list')
    expect(
      titleOf(
        withTurn(
          emptyConversation,
          turn('a', 'Write C# that sorts a list of orders by date, newest first. Explain in one line.'),
        ),
      ),
    ).toBe('Write C# that sorts a list of orders by date, newest…')
  })
})
