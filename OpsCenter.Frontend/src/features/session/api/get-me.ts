import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api'

export interface Me {
  user: { id: string; name: string; email: string; role: 'admin' | 'member' }
  account: { id: string; name: string; tier: 'free' | 'starter' | 'professional' | 'enterprise' }
  /** Providers whose answers are simulated. */
  sandbox: string[]
}

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: ({ signal }) => api.get<Me>('/api/v1/me', signal),
  staleTime: 60_000,
})
