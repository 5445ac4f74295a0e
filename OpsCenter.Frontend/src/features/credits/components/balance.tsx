import { useQuery } from '@tanstack/react-query'
import { formatBalance, formatCost } from '@/lib/money'
import { balanceQuery } from '../api/get-balance'

export function Balance() {
  const { data, isPending, isError, refetch } = useQuery(balanceQuery)
  const holds = data && !/^0(\.0*)?$/.test(data.held)

  return (
    <div className="flex items-baseline justify-between gap-2 px-2 nav:block">
      <div className="text-12 text-ink3">Balance</div>
      {isPending && <div className="skeleton h-6 w-20" />}
      {data && (
        <div className="text-16 font-semibold tracking-[-0.01em] nav:text-18">
          {formatBalance(data.balance)}
        </div>
      )}
      {isError && !data && (
        <button type="button" onClick={() => refetch()} className="link min-h-6 text-13">
          Unknown. Ask again
        </button>
      )}
      {data && (
        <div className="min-h-4.5 text-12 text-ink2 max-nav:hidden">
          {isError ? 'Not refreshed' : holds && `${formatCost(data.held)} held`}
        </div>
      )}
    </div>
  )
}
