import type { RegisteredRouter } from '@tanstack/react-router'

/** The session is over: sign in, and come back to the same place. */
export function toSignIn(router: RegisteredRouter) {
  const { pathname, href } = router.state.location
  if (pathname !== '/sign-in') void router.navigate({ to: '/sign-in', search: { from: href } })
}
