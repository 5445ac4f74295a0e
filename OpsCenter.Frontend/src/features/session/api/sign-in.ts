import { useMutation, useQueryClient } from '@tanstack/react-query'
import { api } from '@/lib/api'

export function useSignIn(onSignedIn: () => void) {
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (token: string) => api.post<unknown>('/api/v1/session', { token }),
    onSuccess: () => {
      // Whatever is cached may belong to somebody else.
      queryClient.clear()
      onSignedIn()
    },
  })
}
