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
  refetchInterval: 60_000,
})
