import { describe, expect, it } from 'vitest'
import { readServerSentEvents } from './server-sent-events'

function inPieces(bytes: Uint8Array, ...cuts: number[]) {
  const edges = [0, ...cuts, bytes.length]
  return new ReadableStream<Uint8Array>({
    start(controller) {
      for (let i = 1; i < edges.length; i++) controller.enqueue(bytes.slice(edges[i - 1], edges[i]))
      controller.close()
    },
  })
}

async function all(stream: ReadableStream<Uint8Array>) {
  const events: string[] = []
  for await (const event of readServerSentEvents(stream)) events.push(event)
  return events
}

const bytes = (text: string) => new TextEncoder().encode(text)

describe('server-sent events', () => {
  it.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('read the same wherever the bytes are cut, with %s', async (_, newline) => {
    const stream = bytes(
      [
        ': keep-alive',
        '',
        'data: {"a":"grün 🙂"}',
        '',
        'data:two',
        'data: lines',
        '',
        'id: 7',
        'data: [DONE]',
        '',
        '',
      ].join(newline),
    )
    const expected = ['{"a":"grün 🙂"}', 'two\nlines', '[DONE]']

    for (let cut = 0; cut <= stream.length; cut++) {
      expect(await all(inPieces(stream, cut)), `cut at ${cut}`).toEqual(expected)
    }
    expect(await all(inPieces(stream, ...stream.keys()))).toEqual(expected)
  })

  it('do not include one that was cut off before its blank line', async () => {
    expect(await all(inPieces(bytes('data: whole\n\ndata: {"half":')))).toEqual(['whole'])
  })

  it('let go of the connection when the reader stops early', async () => {
    let cancelled = false
    const stream = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes('data: one\n\ndata: two\n\n')),
      cancel: () => {
        cancelled = true
      },
    })

    for await (const event of readServerSentEvents(stream)) {
      expect(event).toBe('one')
      break
    }
    expect(cancelled).toBe(true)
  })
})
