import { LevelMark } from '@/components/level-mark'
import { RouteRibbon, served } from '@/components/route-ribbon'
import { formatCost, UNKNOWN } from '@/lib/money'
import { providerColor, providerName } from '@/lib/providers'
import type { Receipt } from '../conversation'

const seconds = (ms: number) =>
  ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 1000 ? 2 : 1)} s`

export function ReceiptView({ receipt, firstTokenMs }: { receipt: Receipt; firstTokenMs: number | null }) {
  const { provider, attempts } = receipt
  return (
    <footer>
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-0.5 border-t border-line pt-1.5 text-12 text-ink2">
        {attempts.length > 0 && <RouteRibbon attempts={attempts} />}
        <span>
          {providerName(provider)}, <span className="mono">{withoutProvider(receipt.model, provider)}</span>
        </span>
        {receipt.level && <LevelMark level={receipt.level} />}
        <span title={receipt.cost === null ? 'The cost was not reported' : undefined}>
          {formatCost(receipt.cost)}
        </span>
        <span>{receipt.totalTokens.toLocaleString('en')} tokens</span>
        <span title={firstTokenMs === null ? 'Not measured' : undefined}>
          {firstTokenMs === null ? UNKNOWN : seconds(firstTokenMs)} to first token
        </span>
        {receipt.cached && <span>From cache</span>}
      </div>
      <Reason receipt={receipt} />
    </footer>
  )
}

function Reason({ receipt: { provider, task, reason, attempts } }: { receipt: Receipt }) {
  const failed = attempts.filter((attempt) => !served(attempt))
  if (!task && !reason && failed.length === 0) return null

  return (
    <p
      className="mt-2 border-l-3 py-0.5 pl-3 text-13 text-ink2"
      style={{ borderColor: providerColor(provider) }}
    >
      {task && !reason && (
        <>
          Read as <b className="font-semibold">{task}</b>.{' '}
        </>
      )}
      {reason && `${sentence(reason)} `}
      {failed.length > 0 &&
        `${failed
          .map(({ provider, status, ms }) =>
            status
              ? `${providerName(provider)} returned ${status} after ${(ms / 1000).toFixed(1)} s`
              : `${providerName(provider)} did not answer within ${(ms / 1000).toFixed(1)} s`,
          )
          .join(', ')}, so ${providerName(provider)} served it.`}
    </p>
  )
}

const withoutProvider = (model: string, provider: string) =>
  model.startsWith(`${provider}/`) ? model.slice(provider.length + 1) : model

function sentence(text: string) {
  const trimmed = text.trim()
  return `${trimmed.charAt(0).toUpperCase()}${trimmed.slice(1)}${/[.!?]$/.test(trimmed) ? '' : '.'}`
}
