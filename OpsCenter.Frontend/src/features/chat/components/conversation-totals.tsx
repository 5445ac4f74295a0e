import type { ReactNode } from 'react'
import { formatCost, UNKNOWN } from '@/lib/money'
import type { totals } from '../conversation'

export function ConversationTotals({
  totals: { messages, tokensIn, tokensOut, cost, receipts, replaced, unreceipted },
  balance,
}: {
  totals: ReturnType<typeof totals>
  balance: string
}) {
  // Nothing asked is zero; something asked and nothing reported yet is not known.
  const known = receipts > 0 || messages === 0
  return (
    <aside aria-label="This conversation" className="text-13 aside:sticky aside:top-5 aside:self-start">
      <h2 className="mb-2">This conversation</h2>
      <dl>
        <Row name="Messages" figure={messages.toLocaleString('en')} />
        <Row name="Tokens in" figure={known ? tokensIn.toLocaleString('en') : UNKNOWN} />
        <Row name="Tokens out" figure={known ? tokensOut.toLocaleString('en') : UNKNOWN} />
        <Row name="Cost" figure={known ? formatCost(cost) : UNKNOWN} />
        <Row name="Balance" figure={balance} />
      </dl>
      {(replaced > 0 || unreceipted > 0) && (
        <p className="mt-2 px-2.5 text-12 text-ink2">
          {replaced > 0 && `Includes ${count(replaced, 'answer')} that you replaced. `}
          {unreceipted > 0 &&
            `Without ${count(unreceipted, 'answer')} that broke off: the balance has the charge.`}
        </p>
      )}
    </aside>
  )
}

function Row({ name, figure }: { name: string; figure: ReactNode }) {
  return (
    <div className="flex h-9 items-center justify-between border-b border-line px-2.5 last:border-0">
      <dt>{name}</dt>
      <dd>{figure}</dd>
    </div>
  )
}

const count = (n: number, noun: string) => `${n} ${noun}${n === 1 ? '' : 's'}`
