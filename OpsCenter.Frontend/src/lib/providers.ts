/** Names and colours of the providers, fixed for ever; what is new gets its own id and the neutral ink. */
const providers: Record<string, { name: string; color: string }> = {
  openai: { name: 'OpenAI', color: 'var(--p-openai)' },
  anthropic: { name: 'Anthropic', color: 'var(--p-anthropic)' },
  openrouter: { name: 'OpenRouter', color: 'var(--p-openrouter)' },
  groq: { name: 'Groq', color: 'var(--p-groq)' },
  together: { name: 'Together AI', color: 'var(--p-together)' },
  fireworks: { name: 'Fireworks AI', color: 'var(--p-fireworks)' },
  deepinfra: { name: 'DeepInfra', color: 'var(--p-deepinfra)' },
  huggingface: { name: 'Hugging Face', color: 'var(--p-huggingface)' },
  local: { name: 'Local', color: 'var(--p-local)' },
}

const sandbox = 'sandbox/'

/** `sandbox/groq` is Groq, played: the same colour, and a name that says so. */
const known = (id: string) => providers[id.startsWith(sandbox) ? id.slice(sandbox.length) : id]

export const providerName = (id: string) => {
  const name = known(id)?.name ?? id
  return id.startsWith(sandbox) && known(id) ? `${name} (sandbox)` : name
}

export const providerColor = (id: string) => known(id)?.color ?? 'var(--ink3)'
