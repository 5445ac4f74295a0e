import type { ReactNode } from 'react'
import { formatCost } from '@/lib/money'
import type { Problem } from '@/lib/problem'
import { CopyButton } from './copy-button'

/** What a person can do about it, by code; the gateway's own message has already said what happened. */
const nextSteps: Record<string, string> = {
  unreachable: 'Check the connection and that OpsCenter is running, then try again.',
  cut_off: 'The connection ended before the answer did. Try again.',
  budget_exceeded: 'Raise the budget, or wait until it resets.',
  key_limit_exceeded: 'Raise the limit of the key, or wait until it resets.',
  insufficient_credits: 'Add credits, or choose a lower power level.',
  tier_not_allowed: 'Choose another model or power level; this one belongs to a higher tier.',
  model_not_allowed: 'Choose another model.',
  model_not_found: 'Choose another model.',
  context_length_exceeded: 'Start a new chat, shorten the message, or choose a model with a longer context.',
  rate_limit_exceeded: 'Wait a moment, then try again.',
  no_provider_available: 'Try again in a minute, or choose another model.',
  upstream_error: 'Try again; another provider may answer.',
  upstream_timeout: 'Try again; another provider may answer.',
}

function nextStep(problem: Problem) {
  return (
    nextSteps[problem.code] ??
    (problem.status >= 500
      ? 'Try again. If it stays, give the request id to whoever runs this OpsCenter.'
      : null)
  )
}

/** The same figures as everywhere on the page, when the gateway sends them as figures. */
const messageOf = ({ code, message, needed, available }: Problem) =>
  code === 'insufficient_credits' && needed !== null && available !== null
    ? `This needs ${formatCost(needed)} and ${formatCost(available)} is available.`
    : message

/** An error where it happened: what, why (its code), what to do, and the request id to hand on. */
export function ProblemNote({
  problem,
  title,
  next,
  children,
}: {
  problem: Problem
  title: string
  next?: string | undefined
  children?: ReactNode
}) {
  const step = next ?? nextStep(problem)
  return (
    <div role="alert" className="mt-2 rounded-control border border-bad bg-bad-soft px-3 py-2.5 text-13">
      <div className="flex flex-wrap items-baseline gap-x-2">
        <span className="font-semibold text-bad">{title}</span>
        <span className="mono text-ink2">{problem.code}</span>
      </div>
      <p className="mt-0.5">{messageOf(problem)}</p>
      {problem.didYouMean.length > 0 && (
        <p className="mt-0.5">
          Nearest: <span className="mono">{problem.didYouMean.join(', ')}</span>
        </p>
      )}
      {step && (
        <p className="mt-0.5 text-ink2">
          {step}{' '}
          {problem.topUpUrl && (
            <a className="link" href={problem.topUpUrl}>
              Add credits
            </a>
          )}
        </p>
      )}
      {(problem.requestId || children) && (
        <div className="mt-1.5 flex flex-wrap items-center gap-x-2 gap-y-1">
          {children}
          {problem.requestId && (
            <span className="flex items-center text-12 text-ink2">
              <span className="mono">{problem.requestId}</span>
              <CopyButton text={problem.requestId} of="request id" />
            </span>
          )}
        </div>
      )}
    </div>
  )
}
