import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { stripVTControlCharacters } from 'node:util'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { Attempt } from '../trial/trial.ts'
import { trialDirOf } from './prepare-attempt.ts'
import type { SweepLoop } from './sweep-loop.ts'

/** JAX prints up to 15 buffers with their operators below its message. */
const LAST_BYTES = 64 * 1024
const LOGS = ['stdout', 'stderr'] as const

/** The last lines that one attempt wrote, without colour codes and empty lines. */
export type LogTail = Readonly<Record<(typeof LOGS)[number], readonly string[]>>

/** All attempts of a trial append to the same two files: what earlier ones wrote is left out. */
export function logTail(
  { sweepDir, journal }: Pick<SweepLoop, 'sweepDir' | 'journal'>,
  { trial, attempt }: { readonly trial: number; readonly attempt: number },
): LogTail {
  const dir = trialDirOf(sweepDir, trial)
  const from = beginOf(journal.snapshot.trials[trial]?.attempts ?? [], attempt)
  return {
    stdout: lastLines(`${dir}/${TRIAL_FILES.stdout}`, from[0]),
    stderr: lastLines(`${dir}/${TRIAL_FILES.stderr}`, from[1]),
  }
}

function beginOf(attempts: readonly Attempt[], attempt: number): readonly [number, number] {
  return attempts.findLast(({ number, logBytes }) => number < attempt && logBytes !== undefined)?.logBytes ?? [0, 0]
}

/** Bytes in the logs of a trial right now: where its next attempt will begin. */
export function logBytes({ sweepDir }: Pick<SweepLoop, 'sweepDir'>, trial: number): readonly [number, number] {
  const size = (log: (typeof LOGS)[number]) =>
    statSync(`${trialDirOf(sweepDir, trial)}/${TRIAL_FILES[log]}`, { throwIfNoEntry: false })?.size ?? 0
  return [size('stdout'), size('stderr')]
}

/** When a trial was last heard of, in milliseconds since 1970; 0 = never. */
export function lastWrite({ sweepDir }: Pick<SweepLoop, 'sweepDir'>, trial: number): number {
  const files = [TRIAL_FILES.events, TRIAL_FILES.stdout, TRIAL_FILES.stderr]
  const times = files.map(
    (name) => statSync(`${trialDirOf(sweepDir, trial)}/${name}`, { throwIfNoEntry: false })?.mtimeMs,
  )
  return Math.max(0, ...times.map((time) => time ?? 0))
}

/** Reads only the end of the file: logs may have 100 MB. */
function lastLines(path: string, from: number): string[] {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    // A process that never began has no log; the reason says so without it.
    return []
  }
  try {
    const { size } = fstatSync(fd)
    // Somebody may have emptied the file between two attempts.
    const begin = Math.max(from <= size ? from : 0, size - LAST_BYTES)
    const bytes = Buffer.alloc(size - begin)
    readSync(fd, bytes, 0, bytes.length, begin)
    return cleaned(bytes.toString('utf8'))
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
    .map((line) => line.replace(CONTROL, '').trimEnd())
    .filter((line) => line !== '')
}
