import { figure, grouped } from '../base/human-readable.ts'
import type { Cell } from './block.ts'

/** Metrics between -10 and 10 get four decimals, so that a column of them lines up; all others four digits. */
export function metricText(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || Number.isInteger(value) || size >= 10 || size < 1e-4) return figure(value)
  return value.toFixed(size < 1e-3 ? 5 : 4)
}

/** `+0.0123`, `−0.0045`: a difference, always with its sign. */
export function signed(value: number): string {
  if (Number.isNaN(value)) return 'n/a'
  return `${value < 0 ? '−' : '+'}${differenceText(Math.abs(value))}`
}

function differenceText(size: number): string {
  if (!Number.isFinite(size) || size >= 10) return figure(size)
  return size.toFixed(4)
}

/** `12 %`, `3.4 %` below ten; `n/a` for what is not a number. */
export function percent(share: number): string {
  if (!Number.isFinite(share)) return 'n/a'
  const value = share * 100
  return `${Math.abs(value) < 9.95 && Math.abs(value) >= 0.05 ? value.toFixed(1) : value.toFixed(0)} %`
}

/** A chance for people: the ends are never claimed. */
export function chance(probability: number): string {
  if (!Number.isFinite(probability)) return 'n/a'
  if (probability > 0.99) return 'over 99 %'
  if (probability < 0.01) return 'under 1 %'
  return `${Math.round(probability * 100)} %`
}

export const metricCell = (value: number | undefined): Cell =>
  value === undefined ? '–' : { value, text: metricText(value) }

export const countCell = (value: number): Cell => ({ value, text: grouped(value) })

export const cellOf = (value: number, text: string): Cell => ({ value, text })

/** `0.801 to 0.823`; says so when nothing bounds it. */
export function rangeText({ low, high }: { readonly low: number; readonly high: number }, show = metricText): string {
  return Number.isFinite(low) && Number.isFinite(high) ? `${show(low)} to ${show(high)}` : 'no interval'
}
