import { QueryCache, QueryClient } from '@tanstack/react-query'
import { createRouter } from '@tanstack/react-router'
import { ShellSkeleton } from './components/shell-skeleton'
import { isSignedOut, Problem } from './lib/problem'
import { toSignIn } from './lib/to-sign-in'
import { routeTree } from './routeTree.gen'

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      if (isSignedOut(error)) toSignIn(router)
    },
  }),
  defaultOptions: {
    queries: {
      // The gateway has said no, and asking again does not change that; a network may recover.
      retry: (failures, error) =>
        failures < 2 && (!(error instanceof Problem) || error.status === 0 || error.status >= 500),
      retryDelay: (failures) => 300 * 2 ** failures,
    },
  },
})

export const router = createRouter({
  routeTree,
  context: { queryClient },
  defaultPendingComponent: ShellSkeleton,
  defaultPendingMs: 0,
  defaultPendingMinMs: 0,
  scrollRestoration: true,
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
