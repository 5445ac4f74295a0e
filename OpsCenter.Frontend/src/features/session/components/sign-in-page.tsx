import { type FormEvent, useEffect, useEffectEvent, useId, useState } from 'react'
import { Button } from '@/components/button'
import { Mark } from '@/components/mark'
import { ProblemNote } from '@/components/problem-note'
import { asProblem } from '@/lib/problem'
import { useTitle } from '@/lib/use-title'
import { useSignIn } from '../api/sign-in'
import { signInToken, takeTokenFromAddress } from '../sign-in-link'

export function SignInPage({ onSignedIn }: { onSignedIn: () => void }) {
  const signIn = useSignIn(onSignedIn)
  useTitle('Sign in')
  const [pasted, setPasted] = useState('')
  const [unreadable, setUnreadable] = useState(false)
  const field = useId()

  const signInFromAddress = useEffectEvent(() => {
    const token = takeTokenFromAddress()
    if (token) signIn.mutate(token)
  })

  useEffect(() => {
    const onHashChange = () => signInFromAddress()
    onHashChange()
    // The link may also be pasted into the address bar of the open page.
    window.addEventListener('hashchange', onHashChange)
    return () => window.removeEventListener('hashchange', onHashChange)
  }, [])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    const token = signInToken(pasted)
    setUnreadable(!token)
    if (token) signIn.mutate(token)
  }

  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-[440px] flex-col px-5 pt-[18vh] pb-10">
      <div className="flex items-center gap-2.5 text-16 font-semibold tracking-[-0.01em]">
        <Mark /> OpsCenter
      </div>
      <h1 className="mt-7">Sign in</h1>
      <p className="mt-1 text-ink2">
        OpsCenter prints a sign-in link when it starts: open that link, or paste it here.
      </p>

      <form onSubmit={submit} className="mt-5" noValidate>
        <label htmlFor={field} className="text-12 text-ink3">
          Link or token
        </label>
        <div className="mt-1 flex gap-2">
          <input
            id={field}
            value={pasted}
            onChange={(event) => {
              setPasted(event.target.value)
              setUnreadable(false)
            }}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            aria-invalid={unreadable}
            aria-describedby={`${field}-note`}
            className="mono h-8 min-w-0 flex-1 rounded-control border border-line-strong bg-surface px-2.5 pointer-coarse:h-11"
          />
          <Button tone="primary" type="submit" disabled={signIn.isPending}>
            Sign in
          </Button>
        </div>
        <p id={`${field}-note`} role="status" className="mt-2 min-h-5 text-12 text-ink2">
          {signIn.isPending && 'Signing in'}
          {unreadable && 'That is neither a sign-in link nor a token. Copy the whole line that was printed.'}
        </p>
      </form>

      {signIn.isError && !signIn.isPending && (
        <ProblemNote
          problem={asProblem(signIn.error)}
          title="Not signed in"
          next={
            asProblem(signIn.error).status === 401
              ? 'A link works for a short time and only once. Take the newest one that was printed.'
              : undefined
          }
        />
      )}
    </main>
  )
}
