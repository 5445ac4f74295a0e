import { describe, expect, it } from 'vitest'
import { formatAbout, formatBalance, formatCost, formatPerMillion, sumMoney, UNKNOWN } from './money'

describe('a balance', () => {
  it.each([
    ['42.180000000', '$42.18'],
    ['42.185000000', '$42.19'],
    ['0', '$0.00'],
    ['1234567.5', '$1,234,567.50'],
    ['999.999', '$1,000.00'],
    ['-3.2', '−$3.20'],
    ['0.004000000', '<$0.01'],
    ['-0.001', '−<$0.01'],
    ['9007199254740993.11', '$9,007,199,254,740,993.11'],
  ])('of %s reads %s', (amount, shown) => expect(formatBalance(amount)).toBe(shown))
})

describe('the cost of a request', () => {
  it.each([
    ['0.000714', '$0.000714'],
    ['0.000710000', '$0.00071'],
    ['0.0021', '$0.00210'],
    ['0.009', '$0.00900'],
    ['0.01', '$0.01'],
    ['0.0384', '$0.0384'],
    ['0.041885999', '$0.041886'],
    ['12.3456789', '$12.3457'],
    ['1234567.89', '$1,234,567.89'],
    ['0.0000000004', '$0.0000000004'],
    ['0.000000000', '$0.00'],
  ])('of %s reads %s', (amount, shown) => expect(formatCost(amount)).toBe(shown))

  it('that nobody knows is a dash and not a zero', () => {
    expect(formatCost(null)).toBe(UNKNOWN)
    expect(formatCost(undefined)).toBe(UNKNOWN)
    expect(formatCost('NaN')).toBe(UNKNOWN)
  })
})

describe('a reference price', () => {
  it.each([
    ['0.0004', '$0.0004'],
    ['0.000512', '$0.00051'],
    ['0.001', '$0.001'],
    ['0.1', '$0.10'],
    ['0.0384', '$0.038'],
    ['0.0996', '$0.10'],
    ['12.7', '$12.70'],
  ])('of %s reads %s', (amount, shown) => expect(formatAbout(amount)).toBe(shown))
})

describe('a price per million tokens', () => {
  it.each([
    ['0.00000059', '$0.59'],
    ['0.000015', '$15.00'],
    ['0.000000025', '$0.025'],
    ['0', '$0.00'],
  ])('from %s a token reads %s', (perToken, shown) => expect(formatPerMillion(perToken)).toBe(shown))
})

describe('a sum', () => {
  it('is exact where floating point is not', () => {
    expect(sumMoney(['0.1', '0.2'])).toBe('0.3')
    expect(sumMoney(['0.000714', '1', '0.000000001'])).toBe('1.000714001')
    expect(sumMoney(Array.from({ length: 1000 }, () => '0.000001'))).toBe('0.001000')
  })

  it('of nothing is zero', () => expect(sumMoney([])).toBe('0'))

  it('goes below zero', () => expect(sumMoney(['0.5', '-2.25'])).toBe('-1.75'))
})
