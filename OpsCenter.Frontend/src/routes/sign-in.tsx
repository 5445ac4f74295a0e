import { createFileRoute, useRouter } from '@tanstack/react-router'
import { SignInPage } from '@/features/session/components/sign-in-page'
import { returnPath } from '@/features/session/sign-in-link'

export const Route = createFileRoute('/sign-in')({
  validateSearch: (search): { from?: string } =>
    typeof search.from === 'string' ? { from: search.from } : {},
  component: SignIn,
})

function SignIn() {
  const { from } = Route.useSearch()
  const router = useRouter()
  return <SignInPage onSignedIn={() => router.history.replace(returnPath(from))} />
}
