import { useMutation } from '@tanstack/react-query'
import { api } from '@/lib/api'

export const useSignOut = () =>
  useMutation({
    mutationFn: () => api.delete('/api/v1/session'),
    onSuccess: () => {
      sessionStorage.clear()
      // A fresh page is the surest way to forget everything that was on this one.
      window.location.assign('/sign-in')
    },
  })
