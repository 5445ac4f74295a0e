import { describe, expect, it } from 'vitest'
import { returnPath, signInToken } from './sign-in-link'

describe('a sign-in token', () => {
  it.each([
    ['http://localhost:5180/sign-in#token=s3cr-et_1.x', 's3cr-et_1.x'],
    ['  https://ops.example/sign-in?from=%2Fchat#token=abc  ', 'abc'],
    ['#token=abc', 'abc'],
    ['token=abc', 'abc'],
    ['#from=x&token=abc&more=1', 'abc'],
    ['#token=YWJj%3D%3D', 'YWJj=='],
    ['YWJj==', 'YWJj=='],
    ['abc', 'abc'],
  ])('is read out of %j', (pasted, token) => expect(signInToken(pasted)).toBe(token))

  it.each(['', '   ', 'two words', 'http://localhost:5180/sign-in', '#token=', '#token=%E0%A4%A', 'a<b>'])(
    'is not found in %j',
    (pasted) => expect(signInToken(pasted)).toBeNull(),
  )
})

describe('the way back after signing in', () => {
  it('is a place in this console', () => expect(returnPath('/chat?level=eco')).toBe('/chat?level=eco'))

  it.each([
    undefined,
    '',
    'https://elsewhere.example',
    '//elsewhere.example',
    '/\\elsewhere.example',
    '/sign-in',
  ])('is the front door instead of %j', (from) => expect(returnPath(from)).toBe('/'))
})
