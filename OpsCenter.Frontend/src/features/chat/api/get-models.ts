import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api'

export interface Model {
  id: string
  display_name: string
  owned_by: string
  context_length: number | null
  pricing: { prompt: string; completion: string } | null
  opscenter: {
    provider: string
    /** The lowest tier that may use it. */
    tier: string
    available: boolean
    capabilities: string[]
    power_levels: string[]
  } | null
}

export const modelsQuery = queryOptions({
  queryKey: ['llm', 'models'],
  queryFn: async ({ signal }) => (await api.get<{ data: Model[] }>('/api/v1/llm/models', signal)).data,
  staleTime: 5 * 60_000,
})
