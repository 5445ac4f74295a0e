import { providerColor, providerName } from '@/lib/providers'

export interface Attempt {
  provider: string
  status: number
  ms: number
}

export const served = (attempt: Attempt) => attempt.status >= 200 && attempt.status < 300

export function describeRoute(attempts: readonly Attempt[]) {
  return attempts
    .map(({ provider, status }) =>
      served({ provider, status, ms: 0 })
        ? `${providerName(provider)} served it`
        : `${providerName(provider)} failed with ${status || 'no answer'}`,
    )
    .join(', then ')
}

/** The route of a request in one line: dashed for an attempt that failed, solid for the one that served, a dot for the answer. */
export function RouteRibbon({ attempts }: { attempts: readonly Attempt[] }) {
  const last = attempts.at(-1)
  return (
    <svg
      role="img"
      aria-label={describeRoute(attempts)}
      width={attempts.length * 21 + 8}
      height="20"
      className="draw shrink-0 forced-color-adjust-none"
    >
      {attempts.map((attempt, index) =>
        served(attempt) ? (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: a route is a fixed sequence, its place is its name
            key={index}
            x={index * 21}
            y="8"
            width="18"
            height="4"
            rx="1"
            fill={providerColor(attempt.provider)}
          />
        ) : (
          <line
            // biome-ignore lint/suspicious/noArrayIndexKey: a route is a fixed sequence, its place is its name
            key={index}
            x1={index * 21}
            x2={index * 21 + 18}
            y1="10"
            y2="10"
            stroke={providerColor(attempt.provider)}
            strokeWidth="4"
            strokeDasharray="3 2"
          />
        ),
      )}
      {last && served(last) && (
        <circle cx={attempts.length * 21 + 4} cy="10" r="4" fill={providerColor(last.provider)} />
      )}
    </svg>
  )
}
