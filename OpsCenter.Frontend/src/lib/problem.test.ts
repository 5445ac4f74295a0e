import { describe, expect, it } from 'vitest'
import { problemFromBody, problemFromResponse } from './problem'

describe('a problem', () => {
  it('takes the message, code and request id of the gateway', async () => {
    const response = new Response(
      JSON.stringify({
        type: '/errors/insufficient_credits',
        title: 'Not enough credits',
        status: 402,
        requestId: 'req_01J',
        needed: '0.12',
        available: '0.04',
        top_up_url: '/credits',
        error: {
          message: 'This needs $0.12.',
          type: 'insufficient_quota',
          param: null,
          code: 'insufficient_credits',
        },
      }),
      { status: 402, headers: { 'Content-Type': 'application/problem+json' } },
    )

    expect(await problemFromResponse(response)).toMatchObject({
      message: 'This needs $0.12.',
      code: 'insufficient_credits',
      requestId: 'req_01J',
      needed: '0.12',
      available: '0.04',
      topUpUrl: '/credits',
    })
  })

  it('still has a code and the request id of the header when a proxy answers in HTML', async () => {
    const response = new Response('<h1>Bad gateway</h1>', {
      status: 502,
      headers: { 'X-Request-Id': 'req_02' },
    })

    expect(await problemFromResponse(response)).toMatchObject({
      status: 502,
      code: 'http_502',
      requestId: 'req_02',
    })
  })

  it.each(['javascript:alert(1)', '//elsewhere.example', '/\\elsewhere.example', 'data:text/html,x'])(
    'does not turn %s into a link',
    (address) => expect(problemFromBody({ top_up_url: address }, 402, null).topUpUrl).toBeNull(),
  )
})
