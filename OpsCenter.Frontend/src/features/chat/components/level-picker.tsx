import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { LevelMark } from '@/components/level-mark'
import { formatAbout, UNKNOWN } from '@/lib/money'
import { type PowerLevel, powerLevels } from '@/lib/power-levels'
import { useAltDigit } from '@/lib/use-shortcut'
import { type PowerLevelPrice, powerLevelsQuery } from '../api/get-power-levels'

export function LevelPicker({
  value,
  onChange,
}: {
  value: PowerLevel
  onChange: (level: PowerLevel) => void
}) {
  const { data, isPending } = useQuery(powerLevelsQuery)
  const name = useId()

  useAltDigit((digit) => {
    const level = powerLevels[digit - 1]
    if (level) onChange(level)
  })

  return (
    <fieldset className="min-w-0 max-w-full max-[420px]:w-full">
      <legend className="sr-only">Power level</legend>
      <div className="flex max-w-full overflow-hidden max-[420px]:grid max-[420px]:grid-cols-3 rounded-control border border-line-strong has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-brand">
        {powerLevels.map((level, index) => {
          const price = data?.find((row) => row.level === level)
          return (
            <label
              key={level}
              title={price && `${price.allowed_models} models allowed (Alt ${index + 1})`}
              className="relative flex min-w-0 flex-col border-l border-line px-2.5 py-[3px] text-13 whitespace-nowrap max-[360px]:px-1.5 max-[360px]:whitespace-normal first:border-l-0 hover:bg-sunken has-checked:bg-brand-soft has-checked:shadow-[inset_0_-2px_0_var(--brand)] forced-colors:has-checked:underline"
            >
              <input
                type="radio"
                name={name}
                value={level}
                checked={level === value}
                onChange={() => onChange(level)}
                aria-keyshortcuts={`Alt+${index + 1}`}
                className="absolute inset-0 appearance-none opacity-0"
              />
              <span className="whitespace-nowrap">
                <LevelMark level={level} />
              </span>
              <span className="text-12 text-ink2">
                {isPending ? (
                  <span className="skeleton inline-block h-3 w-16 align-middle" />
                ) : (
                  priceOf(price)
                )}
              </span>
            </label>
          )
        })}
      </div>
    </fieldset>
  )
}

/** What such a request costs this account by experience; before there is any, the configured reference. */
function priceOf(price: PowerLevelPrice | undefined) {
  if (!price) return <span title="The price is not known now">{UNKNOWN}</span>
  return price.typical === null
    ? `${formatAbout(price.reference)} reference`
    : `about ${formatAbout(price.typical)}`
}
