import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { duration } from '../base/human-readable.ts'
import { nearest } from '../base/nearest.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { trialDirOf } from './prepare-attempt.ts'
import type { RunningAttempt, SweepLoop } from './sweep-loop.ts'
import type { Ended } from './watch.ts'

const LAST_LINES = 20
const LAST_BYTES = 16 * 1024
const LONGEST_LINE = 400

/** What a dead process said last, in words for people: command, how it ended, time alive, its last lines, its log. */
export function failureReason(loop: SweepLoop, run: RunningAttempt, ended: Ended): string {
  const how = ended.reason ?? howInWords(ended, loop.clock.monotonic() - run.since)
  // The executors' phrases leave the auxiliary verb out: "killed by SIGKILL after 3 s".
  const verb = how.startsWith('killed') ? 'was ' : ''
  return [`The trainer ${verb}${how}.`, ...details(loop, run)].join('\n')
}

function howInWords({ end, exitCode, signal }: Ended, aliveMs: number): string {
  const after = `after ${duration(aliveMs)}`
  if (end === 'timed-out') return `reached its time limit and was stopped ${after}`
  if (end === 'out-of-memory') return `ran out of memory ${after}`
  if (signal !== undefined) return `was killed by ${signal} ${after}`
  return exitCode === undefined ? `ended without an exit code ${after}` : `exited with code ${exitCode} ${after}`
}

/** For a process that ended well but never reported the sweep's metric: then what it did report helps most. */
export function noMetricReason(loop: SweepLoop, run: RunningAttempt, metric: string): string {
  const reported = Object.keys(run.reports.last).concat(Object.keys(run.reports.result))
  const names = [...new Set(reported)].sort()
  const seen =
    names.length > 0
      ? `It reported: ${names.slice(0, 30).join(', ')}.`
      : 'It reported no metric at all; see docs/protocol.md for the ways to report.'
  const [near] = nearest(metric, names)
  const meant = near === undefined ? '' : ` Did the sweep file mean "${near}"?`
  const first = `The trainer ended with exit code 0 but never reported "${metric}", the sweep's metric. ${seen}${meant}`
  return names.length > 0 ? first : [first, ...details(loop, run)].join('\n')
}

function details(loop: SweepLoop, run: RunningAttempt): string[] {
  const trialDir = trialDirOf(loop.sweepDir, run.trial)
  const stderr = `${trialDir}/${TRIAL_FILES.stderr}`
  const lines = lastLines(stderr)
  const log = lines.length > 0 ? stderr : `${trialDir}/${TRIAL_FILES.stdout}`
  const said = lines.length > 0 ? ['Its last lines on stderr:', ...lines.map((line) => `  ${line}`)] : []
  const command = run.command.length > 0 ? [`Command: ${run.command.map(quoted).join(' ')}`] : []
  return [...command, ...said, `Log: ${log}`]
}

/** As a person would type it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}

/** Reads only the end of the file: logs may have 100 MB. */
function lastLines(path: string): string[] {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    // A process that never began has no log; the reason says so without it.
    return []
  }
  try {
    const { size } = fstatSync(fd)
    const bytes = Buffer.alloc(Math.min(size, LAST_BYTES))
    readSync(fd, bytes, 0, bytes.length, size - bytes.length)
    return cleaned(bytes.toString('utf8')).slice(-LAST_LINES)
  } finally {
    closeSync(fd)
  }
}

const CONTROL = /(?!\t)\p{Cc}/gu

/** Progress bars rewrite a line with carriage returns: only what was left standing counts. */
function cleaned(text: string): string[] {
  return stripVTControlCharacters(text)
    .split('\n')
    .map((line) => line.split('\r').findLast((part) => part.trim() !== '') ?? '')
    .map((line) => line.replace(CONTROL, '').trimEnd().slice(0, LONGEST_LINE))
    .filter((line) => line !== '')
}
