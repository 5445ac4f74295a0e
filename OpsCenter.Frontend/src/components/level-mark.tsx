import { type PowerLevel, powerLevelName, powerLevels } from '@/lib/power-levels'

const inks = { eco: 'text-eco', balanced: 'text-balanced', precision: 'text-precision' }

/** A power level as a word with its glyph of one, two or three bars. */
export function LevelMark({ level }: { level: PowerLevel }) {
  const lit = powerLevels.indexOf(level)
  return (
    <span className={`inline-flex items-center gap-1.5 font-medium ${inks[level]}`}>
      <svg
        width="12"
        height="10"
        viewBox="0 0 12 10"
        fill="currentColor"
        aria-hidden="true"
        className="shrink-0"
      >
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={bar * 4}
            y={5.4 - bar * 2.6}
            width="3"
            height={3.6 + bar * 2.6}
            opacity={bar <= lit ? 1 : 0.28}
          />
        ))}
      </svg>
      {powerLevelName[level]}
    </span>
  )
}
