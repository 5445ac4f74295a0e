import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api'

/** Decimal strings: see lib/money. */
export interface Balance {
  currency: string
  balance: string
  held: string
  available: string
}

export const balanceQuery = queryOptions({
  queryKey: ['credits', 'balance'],
  queryFn: ({ signal }) => api.get<Balance>('/api/v1/credits/balance', signal),
  // What an answer cost is settled just behind it; while something is held, the figure is about to change.
  refetchInterval: (query) => (Number(query.state.data?.held ?? 0) > 0 ? 1_000 : 60_000),
})
