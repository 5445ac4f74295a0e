/**
 * Money arrives as decimal strings and stays exact: a number would already have lost the last
 * digits before it is shown. Digits are kept as a bigint with the count of decimals beside it.
 */
interface Decimal {
  digits: bigint
  decimals: number
}

export const UNKNOWN = '–'

function parse(amount: string): Decimal | null {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount.trim())
  if (!match) return null
  const [, sign, whole, fraction = ''] = match
  return { digits: BigInt(`${sign}${whole}${fraction}`), decimals: fraction.length }
}

function magnitude(value: bigint) {
  return value < 0n ? -value : value
}

function round(value: Decimal, decimals: number): Decimal {
  if (value.decimals <= decimals) {
    return { digits: value.digits * 10n ** BigInt(decimals - value.decimals), decimals }
  }
  const unit = 10n ** BigInt(value.decimals - decimals)
  const half = magnitude(value.digits) + unit / 2n
  const rounded = half / unit
  return { digits: value.digits < 0n ? -rounded : rounded, decimals }
}

function write(value: Decimal, atLeast: number) {
  const text = magnitude(value.digits)
    .toString()
    .padStart(value.decimals + 1, '0')
  const whole = text.slice(0, text.length - value.decimals).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = text.slice(text.length - value.decimals).replace(/0+$/, '')
  const shown = fraction.padEnd(atLeast, '0')
  return `${value.digits < 0n ? '−' : ''}$${whole}${shown && `.${shown}`}`
}

/** Where the first digit that counts stands: 1 for 0.1, 4 for 0.0007, 0 for 3.2, -1 for 42. */
function leadingPlace(value: Decimal) {
  return value.decimals - magnitude(value.digits).toString().length + 1
}

/** Rounds to digits that count, and never in front of the cents. */
function toSignificant(value: Decimal, significant: number) {
  return round(value, Math.max(leadingPlace(value) + significant - 1, 2))
}

/** An account's money: two decimals. What is there but less than a cent says so. */
export function formatBalance(amount: string | null | undefined) {
  const value = amount == null ? null : parse(amount)
  if (!value) return UNKNOWN
  const cents = round(value, 2)
  if (cents.digits === 0n && value.digits !== 0n) return value.digits > 0n ? '<$0.01' : '−<$0.01'
  return write(cents, 2)
}

/** What a request cost: up to six digits that count, five decimals under a cent, never a false zero. */
export function formatCost(amount: string | null | undefined) {
  const value = amount == null ? null : parse(amount)
  if (!value) return UNKNOWN
  if (value.digits === 0n) return '$0.00'
  const underOneCent = magnitude(value.digits) * 100n < 10n ** BigInt(value.decimals)
  return write(toSignificant(value, 6), underOneCent ? 5 : 2)
}

/** A guess or a list price: two digits that count, so that it does not look like a bill. */
export function formatAbout(amount: string | null | undefined) {
  const value = amount == null ? null : parse(amount)
  if (!value) return UNKNOWN
  if (value.digits === 0n) return '$0.00'
  return write(toSignificant(value, 2), 2)
}

/** A price per token, shown per million tokens: "0.00000059" is $0.59. */
export function formatPerMillion(perToken: string | null | undefined) {
  const value = perToken == null ? null : parse(perToken)
  if (!value) return UNKNOWN
  return write(round({ digits: value.digits * 1_000_000n, decimals: value.decimals }, 4), 2)
}

export function sumMoney(amounts: readonly string[]) {
  const values = amounts.map(parse).filter((value) => value !== null)
  const decimals = Math.max(0, ...values.map((value) => value.decimals))
  const digits = values.reduce((sum, value) => sum + round(value, decimals).digits, 0n)
  const text = magnitude(digits)
    .toString()
    .padStart(decimals + 1, '0')
  const whole = text.slice(0, text.length - decimals)
  const fraction = text.slice(text.length - decimals)
  return `${digits < 0n ? '-' : ''}${whole}${fraction && `.${fraction}`}`
}
