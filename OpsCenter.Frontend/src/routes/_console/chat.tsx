import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createFileRoute, useRouter } from '@tanstack/react-router'
import { ChatPage } from '@/features/chat/components/chat-page'
import { balanceQuery } from '@/features/credits/api/get-balance'
import { formatBalance } from '@/lib/money'
import { isPowerLevel, type PowerLevel } from '@/lib/power-levels'
import { toSignIn } from '@/lib/to-sign-in'

const defaults: { model: string; level: PowerLevel } = { model: 'auto', level: 'balanced' }

export const Route = createFileRoute('/_console/chat')({
  validateSearch: (search): { model?: string; level?: PowerLevel } => ({
    ...(typeof search.model === 'string' && search.model && { model: search.model }),
    ...(isPowerLevel(search.level) && { level: search.level }),
  }),
  component: Chat,
})

function Chat() {
  const { me } = Route.useRouteContext()
  const search = Route.useSearch()
  const navigate = Route.useNavigate()
  const router = useRouter()
  const queryClient = useQueryClient()
  const { data: balance } = useQuery(balanceQuery)
  const choice = { ...defaults, ...search }

  return (
    <ChatPage
      userId={me.user.id}
      choice={choice}
      onChoose={({ model, level }) =>
        void navigate({
          search: {
            ...(model !== defaults.model && { model }),
            ...(level !== defaults.level && { level }),
          },
          replace: true,
          resetScroll: false,
        })
      }
      balance={formatBalance(balance?.balance)}
      onSettled={() => void queryClient.invalidateQueries(balanceQuery)}
      onSignedOut={() => toSignIn(router)}
    />
  )
}
