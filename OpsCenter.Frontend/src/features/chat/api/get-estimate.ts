import { queryOptions } from '@tanstack/react-query'
import { api } from '@/lib/api'
import type { ChatRequest } from '../conversation'

interface RouteExplanation {
  estimated: { input_tokens: number; output_tokens: number; cost: string } | null
}

/** What the next message would cost. Asks for the route without taking it, so it costs nothing itself. */
export const estimateQuery = (request: ChatRequest) =>
  queryOptions({
    queryKey: ['llm', 'route', request],
    queryFn: async ({ signal }) =>
      (await api.post<RouteExplanation>('/api/v1/llm/route', request, signal)).estimated?.cost ?? null,
    staleTime: 60_000,
    gcTime: 0,
    retry: false,
  })
