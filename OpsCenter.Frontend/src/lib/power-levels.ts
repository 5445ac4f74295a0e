export const powerLevels = ['eco', 'balanced', 'precision'] as const

export type PowerLevel = (typeof powerLevels)[number]

export const isPowerLevel = (value: unknown): value is PowerLevel => powerLevels.includes(value as PowerLevel)

export const powerLevelName: Record<PowerLevel, string> = {
  eco: 'Eco',
  balanced: 'Balanced',
  precision: 'Precision',
}
