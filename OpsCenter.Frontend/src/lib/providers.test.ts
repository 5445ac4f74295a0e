import { describe, expect, it } from 'vitest'
import { providerColor, providerName } from './providers'

describe('providers', () => {
  it('shows a played provider in the colour of the real one, and says that it is played', () => {
    expect(providerName('sandbox/groq')).toBe('Groq (sandbox)')
    expect(providerColor('sandbox/groq')).toBe(providerColor('groq'))
  })

  it('names what it does not know by its id', () => {
    expect(providerName('acme')).toBe('acme')
    expect(providerName('sandbox/acme')).toBe('sandbox/acme')
  })
})
