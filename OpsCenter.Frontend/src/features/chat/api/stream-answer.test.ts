import { describe, expect, it } from 'vitest'
import { type AnswerEvent, readAnswer } from './stream-answer'

const text = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
const usage = { prompt_tokens: 1012, completion_tokens: 192, total_tokens: 1204, cost: 0.000714 }
const opscenter = {
  request_id: 'req_01J',
  provider: 'together',
  model: 'llama-3.3-70b',
  power_level: 'eco',
  task: 'code',
  cost: '0.000714',
  cache: 'MISS',
  attempts: [
    { provider: 'groq', status: 429, ms: 203, credential: 'platform' },
    { provider: 'together', status: 200, ms: 1880, credential: 'platform' },
  ],
  reason: 'cheapest healthy model for code at eco',
}
const receipt = `data: ${JSON.stringify({ choices: [], usage, opscenter })}\n\n`
const done = 'data: [DONE]\n\n'

async function read(answer: string, breaks = false) {
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (answer) {
        controller.enqueue(new TextEncoder().encode(answer))
        answer = ''
      } else if (breaks) controller.error(new TypeError('network error'))
      else controller.close()
    },
  })
  const events: AnswerEvent[] = []
  let failure: unknown = null
  try {
    for await (const event of readAnswer(body, 'req_header')) events.push(event)
  } catch (error) {
    failure = error
  }
  return { events, failure }
}

describe('an answer', () => {
  it('is its text and then its receipt', async () => {
    const { events, failure } = await read(
      `: keep-alive\n\n${text('Use ')}${text('OrderBy')}${receipt}${done}`,
    )

    expect(failure).toBeNull()
    expect(events.slice(0, 2)).toEqual([
      { kind: 'text', text: 'Use ' },
      { kind: 'text', text: 'OrderBy' },
    ])
    expect(events[2]).toMatchObject({
      kind: 'receipt',
      receipt: { cost: '0.000714', level: 'eco', totalTokens: 1204, cached: false },
    })
  })

  it('keeps the reasoning apart from the text', async () => {
    const { events } = await read(
      `data: {"choices":[{"delta":{"reasoning_content":"hm","content":null}}]}\n\n${done}`,
    )
    expect(events).toEqual([{ kind: 'reasoning', text: 'hm' }])
  })

  it('with an error frame fails with the code of the frame, after the text that came', async () => {
    const frame =
      'data: {"error":{"message":"Groq went away","type":"server_error","param":null,"code":"upstream_error"}}\n\n'
    const { events, failure } = await read(text('Half') + frame, true)

    expect(events).toEqual([{ kind: 'text', text: 'Half' }])
    expect(failure).toMatchObject({
      code: 'upstream_error',
      message: 'Groq went away',
      requestId: 'req_header',
    })
  })

  it.each([
    ['after text', text('Half')],
    ['after the receipt', text('All') + receipt],
    ['at once', ''],
  ])('that ends without [DONE] %s is cut off, though no error was sent', async (_, answer) => {
    expect((await read(answer)).failure).toMatchObject({ code: 'cut_off', requestId: 'req_header' })
  })

  it('is over at [DONE], whatever the connection does afterwards', async () => {
    expect((await read(text('All') + done, true)).failure).toBeNull()
  })
})
