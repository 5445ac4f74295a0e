import { problemFromResponse, unreachable } from './problem'

interface Sent {
  method: 'GET' | 'POST' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
}

/** Sends a request with the session's cookie and gives the response when it is a good one; else throws a Problem. */
async function send(path: string, { method, body, signal }: Sent): Promise<Response> {
  const headers = new Headers({ Accept: 'application/json' })
  if (method !== 'GET') {
    headers.set('X-OC-CSRF', '1')
    headers.set('Content-Type', 'application/json')
  }

  let response: Response
  try {
    response = await fetch(path, {
      method,
      headers,
      credentials: 'same-origin',
      ...(body !== undefined && { body: JSON.stringify(body) }),
      ...(signal && { signal }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw unreachable()
  }

  if (!response.ok) throw await problemFromResponse(response)
  return response
}

export const api = {
  get: async <T>(path: string, signal?: AbortSignal): Promise<T> =>
    (await send(path, { method: 'GET', signal })).json(),

  post: async <T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> =>
    (await send(path, { method: 'POST', body, signal })).json(),

  delete: async (path: string): Promise<void> => {
    await send(path, { method: 'DELETE' })
  },

  /** For answers that are read while they arrive. */
  open: (path: string, body: unknown, signal: AbortSignal): Promise<Response> =>
    send(path, { method: 'POST', body, signal }),
}
