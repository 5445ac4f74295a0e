/**
 * Reads the `data` of server-sent events from a byte stream, wherever the network cuts it: inside a
 * character, between CR and LF, or in the middle of a line. Comments and other fields are passed over.
 */
export async function* readServerSentEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let rest = ''
  let data: string[] = []

  try {
    for (;;) {
      const { done, value } = await reader.read()
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true })

      for (;;) {
        const end = rest.search(/[\r\n]/)
        if (end < 0) break
        // A CR at the very end may be the first half of CRLF: wait for what follows.
        if (rest[end] === '\r' && end === rest.length - 1 && !done) break

        const line = rest.slice(0, end)
        rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1))

        if (line.startsWith('data:')) {
          data.push(line.slice(line[5] === ' ' ? 6 : 5))
        } else if (line === '' && data.length > 0) {
          yield data.join('\n')
          data = []
        }
      }

      // An event without its closing blank line was cut off and is dropped, as the standard says.
      if (done) return
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}
