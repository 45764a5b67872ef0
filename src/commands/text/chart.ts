const STEPS = '▁▂▃▄▅▆▇█'
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉']

/**
 * A curve in one line of text, lowest value at the bottom, highest at the top. What is not a finite number is a dot.
 *
 * @param columns at most this many characters; longer curves are thinned evenly, with their last value kept
 */
export function sparkline(values: readonly number[], columns = 60): string {
  const shown = thinned(values, columns)
  const finite = shown.filter(Number.isFinite)
  const low = Math.min(...finite)
  const span = Math.max(...finite) - low
  return shown
    .map((value) => {
      if (!Number.isFinite(value)) return '·'
      const height = span === 0 ? 3 : Math.round(((value - low) / span) * (STEPS.length - 1))
      return STEPS[height]
    })
    .join('')
}

function thinned(values: readonly number[], columns: number): readonly number[] {
  if (values.length <= columns) return values
  const last = values.length - 1
  return Array.from({ length: columns }, (_, i) => values[Math.round((i / (columns - 1)) * last)] as number)
}

/** @param fraction 0 to 1 */
export function bar(fraction: number, columns: number): string {
  const filled = Math.min(1, Math.max(0, fraction)) * columns
  const whole = Math.floor(filled)
  const part = whole < columns ? (EIGHTHS[Math.floor((filled - whole) * 8)] as string) : ''
  const done = '█'.repeat(whole) + part
  return done + '░'.repeat(columns - whole - part.length)
}
