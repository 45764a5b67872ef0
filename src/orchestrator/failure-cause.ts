import type { Attempt } from '../trial/trial.ts'

/** What one failure has in common with others, whatever trial, host or moment it belongs to. */
export interface FailureCause {
  /** Equal for failures of the same cause. */
  readonly key: string
  /** As one of them said it: `exit code 3, "KeyError: 'lable'"`. */
  readonly text: string
}

const ERROR_LINE = /error|exception|fatal|panic|abort|fault|denied|cannot|could not|no such|not found|failed/i
const LONGEST_TEXT = 160

/** Told from the exit code or signal and the line that looks most like the error, without what differs every time. */
export function failureCause(attempt: Pick<Attempt, 'end' | 'exitCode' | 'signal'>, reason = ''): FailureCause {
  const { end = 'crashed', exitCode, signal } = attempt
  const how = signal ?? (exitCode === undefined ? end : exitCode === 0 ? 'no metric' : `exit code ${exitCode}`)
  // A limit of ours says everything; what the program happened to print before does not matter.
  const line = end === 'timed-out' ? 'time limit' : errorLine(reason)
  const text = line.length > LONGEST_TEXT ? `${line.slice(0, LONGEST_TEXT)} ...` : line
  return { key: `${end}|${how}|${commonPart(line)}`, text: line === '' ? how : `${how}, "${text}"` }
}

/** The reason's lines of stderr are indented; without any, its first sentence has to do. */
function errorLine(reason: string): string {
  const [first = '', ...rest] = reason.split('\n')
  const said = rest.filter((line) => line.startsWith('  ')).map((line) => line.trim())
  // A traceback of JavaScript goes on below its error, one of Python ends with it.
  const errors = said.filter((line) => ERROR_LINE.test(line) && !/^at |^File "/.test(line))
  return errors.at(-1) ?? said.at(-1) ?? first
}

const VARYING: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '#'],
  [/\b0x[0-9a-f]+\b/gi, '#'],
  // Its last part stays: which file is missing is a cause.
  [/(?:[\w.~-]*\/)+/g, ''],
  [/\d+(?:[.,:]\d+)*/g, '#'],
  [/\s+/g, ' '],
]

function commonPart(line: string): string {
  return VARYING.reduce((text, [pattern, instead]) => text.replace(pattern, instead), line).slice(0, 300)
}
