import { UserError } from '../base/errors.ts'
import { metricValue, type ReportEvent, reportOf } from './event-line.ts'

/** Longer lines are not searched: an unlucky pattern could take seconds on them. */
const LONGEST = 4096

/**
 * Compiles a sweep file's pattern: a regular expression with the named group `step` (or `epoch`), if any, and one group
 * a metric, or the groups `metric` and `value`. Group names cannot hold a slash; two underscores stand for it
 * (`val__loss` is `val/loss`).
 *
 * @returns what reads one line of output
 * @throws {UserError} PATTERN_UNUSABLE
 */
export function compilePattern(pattern: string): (line: string) => ReportEvent | undefined {
  const expression = compiled(pattern)
  return (line) => {
    const groups = line.length > LONGEST ? undefined : expression.exec(line)?.groups
    return groups === undefined ? undefined : reportOf(fieldsOf(groups))
  }
}

function compiled(pattern: string): RegExp {
  let expression: RegExp
  try {
    expression = new RegExp(pattern)
  } catch (error) {
    throw unusable(pattern, `is no regular expression: ${(error as Error).message}`, error)
  }
  const groups = [...pattern.matchAll(/\(\?<([A-Za-z_$][\w$]*)>/g)].map((match) => match[1])
  const metrics = groups.filter((name) => name !== 'step' && name !== 'epoch')
  const paired = metrics.includes('metric') === metrics.includes('value')
  if (metrics.length > 0 && paired) return expression
  throw unusable(
    pattern,
    metrics.length === 0 ? 'names no metric' : 'has one of the groups metric and value without the other',
  )
}

function unusable(pattern: string, problem: string, cause?: unknown): UserError {
  return new UserError(`The pattern ${JSON.stringify(pattern)} ${problem}. Nothing was started.`, {
    code: 'PATTERN_UNUSABLE',
    suggestions: ['a pattern such as: epoch (?<step>\\d+) .* val_loss=(?<val_loss>\\S+)'],
    ref: 'docs/protocol.md',
    cause,
  })
}

function fieldsOf(groups: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const { metric, value, ...rest } = groups
  const pairs = Object.entries(rest).map(([name, text]) => [name.replaceAll('__', '/'), numberIn(text)])
  if (metric !== undefined) pairs.push([metric.trim(), numberIn(value)])
  return Object.fromEntries(pairs)
}

function numberIn(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const number = Number(text.replace(/[,;:)\]]+$/, ''))
  return Number.isNaN(number) ? metricValue(text) : number
}
