import { providerName } from '@/lib/providers'
import type { Model } from './api/get-models'

export interface ModelGroup {
  provider: string | null
  models: Model[]
}

/** Auto stands alone at the top; its variants with a fixed level are what the power levels already do. */
export const isAuto = ({ id }: Model) => id === 'auto' || id.startsWith('auto-')

/** The catalogue by provider, for a search that looks at names, ids and providers, word by word. */
export function groupModels(models: readonly Model[], search: string): ModelGroup[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean)
  const matches = (...texts: string[]) => {
    const text = texts.join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  }

  const auto = models.filter(({ id }) => id === 'auto' && matches('auto', 'best for the task'))
  const groups = new Map<string, Model[]>()
  for (const model of models) {
    const provider = model.opscenter?.provider ?? model.owned_by
    if (isAuto(model) || !matches(model.id, model.display_name, providerName(provider))) continue
    groups.set(provider, [...(groups.get(provider) ?? []), model])
  }

  return [
    ...(auto.length > 0 ? [{ provider: null, models: auto }] : []),
    ...[...groups]
      .map(([provider, models]) => ({ provider, models }))
      .sort((a, b) => providerName(a.provider).localeCompare(providerName(b.provider))),
  ]
}
