import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api'
import type { PowerLevel } from '@/lib/power-levels'

export interface PowerLevelPrice {
  level: PowerLevel
  /** The configured price of a request at this level. */
  reference: string
  /** The median of this account's own requests, once there are enough of them. */
  typical: string | null
  allowed_models: number
}

export const powerLevelsQuery = queryOptions({
  queryKey: ['llm', 'power-levels'],
  queryFn: async ({ signal }) =>
    (await api.get<{ data: PowerLevelPrice[] }>('/api/v1/llm/power-levels', signal)).data,
  staleTime: 5 * 60_000,
})
