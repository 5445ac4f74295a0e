import { useQuery } from '@tanstack/react-query'
import { createFileRoute, Outlet, redirect } from '@tanstack/react-router'
import { Shell } from '@/components/shell'
import { Balance } from '@/features/credits/components/balance'
import { meQuery } from '@/features/session/api/get-me'
import { AccountMenu } from '@/features/session/components/account-menu'
import { isSignedOut } from '@/lib/problem'

export const Route = createFileRoute('/_console')({
  beforeLoad: async ({ context, location }) => {
    try {
      return { me: await context.queryClient.ensureQueryData(meQuery) }
    } catch (error) {
      if (isSignedOut(error)) throw redirect({ to: '/sign-in', search: { from: location.href } })
      throw error
    }
  },
  component: Console,
})

function Console() {
  const { me: known } = Route.useRouteContext()
  const { data: me = known } = useQuery(meQuery)

  return (
    <Shell
      account={<AccountMenu me={me} />}
      balance={<Balance />}
      notice={me.sandbox.length > 0 && 'Sandbox answers: add a provider key to get real ones.'}
    >
      <Outlet />
    </Shell>
  )
}
