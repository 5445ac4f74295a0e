/**
 * The one error of the console. It comes from a problem+json body, from an error frame in a stream,
 * or from the network itself (status 0), and always has a code a person can name to somebody else.
 */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly status: number
  readonly code: string
  readonly param: string | null
  readonly requestId: string | null
  readonly needed: string | null
  readonly available: string | null
  readonly topUpUrl: string | null
  readonly didYouMean: readonly string[]

  constructor(init: {
    message: string
    status: number
    code: string
    param?: string | null
    requestId?: string | null
    needed?: string | null
    available?: string | null
    topUpUrl?: string | null
    didYouMean?: readonly string[]
  }) {
    super(init.message)
    this.status = init.status
    this.code = init.code
    this.param = init.param ?? null
    this.requestId = init.requestId ?? null
    this.needed = init.needed ?? null
    this.available = init.available ?? null
    this.topUpUrl = init.topUpUrl ?? null
    this.didYouMean = init.didYouMean ?? []
  }
}

type Json = Record<string, unknown>

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)

/** Only a place on the web may become a link: a `javascript:` address in an answer stays text. */
function webAddress(value: unknown) {
  const address = text(value)
  return address && (/^https?:\/\//i.test(address) || /^\/(?![/\\])/.test(address)) ? address : null
}

export function problemFromBody(body: unknown, status: number, requestId: string | null) {
  const outer = isObject(body) ? body : {}
  const error = isObject(outer.error) ? outer.error : {}
  const find = (name: string) => outer[name] ?? error[name]
  const didYouMean = find('did_you_mean')
  return new Problem({
    message:
      text(error.message) ??
      text(outer.detail) ??
      text(outer.title) ??
      `The gateway answered ${status} without an explanation.`,
    status,
    code: text(error.code) ?? text(error.type) ?? `http_${status}`,
    param: text(error.param),
    requestId: text(outer.requestId) ?? requestId,
    needed: text(find('needed')),
    available: text(find('available')),
    topUpUrl: webAddress(find('top_up_url')),
    didYouMean: Array.isArray(didYouMean) ? didYouMean.filter((id) => typeof id === 'string') : [],
  })
}

export async function problemFromResponse(response: Response) {
  const body = await response.json().catch(() => null)
  return problemFromBody(body, response.status, response.headers.get('X-Request-Id'))
}

export const unreachable = () =>
  new Problem({ status: 0, code: 'unreachable', message: 'The gateway did not answer.' })

export const isSignedOut = (error: unknown) => error instanceof Problem && error.status === 401

export const asProblem = (error: unknown) =>
  error instanceof Problem
    ? error
    : new Problem({
        status: 0,
        code: 'console_error',
        message: error instanceof Error ? error.message : String(error),
      })
