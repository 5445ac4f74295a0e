import { describe, expect, it } from 'vitest'
import type { Model } from './api/get-models'
import { groupModels } from './models'

const model = (id: string, provider: string, name = id): Model => ({
  id,
  display_name: name,
  owned_by: provider,
  context_length: 131072,
  pricing: null,
  opscenter: { provider, tier: 'free', available: true, capabilities: [], power_levels: [] },
})

const catalogue = [
  model('together/llama-3.3-70b', 'together', 'Llama 3.3 70B'),
  model('auto-eco', 'opscenter'),
  model('groq/llama-3.3-70b', 'groq', 'Llama 3.3 70B'),
  model('auto', 'opscenter', 'Auto'),
  model('openai/gpt-5-mini', 'openai', 'GPT-5 mini'),
]

const found = (search: string) =>
  groupModels(catalogue, search).flatMap(({ models }) => models.map(({ id }) => id))

describe('the model list', () => {
  it('has Auto first and then the providers by name', () => {
    expect(found('')).toEqual(['auto', 'groq/llama-3.3-70b', 'openai/gpt-5-mini', 'together/llama-3.3-70b'])
  })

  it('is searched by every word, in names and providers', () => {
    expect(found('llama tog')).toEqual(['together/llama-3.3-70b'])
    expect(found('Together AI')).toEqual(['together/llama-3.3-70b'])
    expect(found('gpt5')).toEqual([])
  })
})
