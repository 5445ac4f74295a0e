import type { QueryClient } from '@tanstack/react-query'
import {
  createRootRouteWithContext,
  type ErrorComponentProps,
  Outlet,
  useRouter,
} from '@tanstack/react-router'
import { NotFoundPage, ProblemPage } from '@/components/whole-page'

export const Route = createRootRouteWithContext<{ queryClient: QueryClient }>()({
  component: Outlet,
  notFoundComponent: NotFoundPage,
  errorComponent: RootError,
})

function RootError({ error, reset }: ErrorComponentProps) {
  const router = useRouter()
  return (
    <ProblemPage
      error={error}
      onRetry={() => {
        reset()
        void router.invalidate()
      }}
    />
  )
}
