import { readdirSync } from 'node:fs'
import { bytes, duration } from '../base/human-readable.ts'
import { nearest } from '../base/nearest.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { Shortage } from '../trial/retry.ts'
import { logTail } from './log-tail.ts'
import { trialDirOf } from './prepare-attempt.ts'
import type { FoundShortage } from './shortage.ts'
import type { RunningAttempt, SweepLoop } from './sweep-loop.ts'
import type { Ended } from './watch.ts'

const LAST_LINES = 20
const LONGEST_LINE = 400

/** What else is known of a bad end, beside how the process ended. */
export interface BadEndFacts {
  readonly ended: Ended
  readonly found?: FoundShortage
  /** Whether another attempt follows, in words. */
  readonly follows?: string
}

/** What a dead process said last, in words for people: how it ended, what to do, its command, last lines and log. */
export function failureReason(loop: SweepLoop, run: RunningAttempt, facts: BadEndFacts): string {
  const { ended, found, follows } = facts
  const how = ended.reason ?? howInWords(ended, loop.clock.monotonic() - run.since)
  // The executors' phrases leave the auxiliary verb out: "killed by SIGKILL after 3 s".
  const verb = how.startsWith('killed') ? 'was ' : ''
  const first =
    found === undefined
      ? [`The trainer ${verb}${how}.`]
      : [`The trainer ran out of ${foundInWords(found)}: it ${verb}${how}.`, ...saidOf(found)]
  return [...first, ...adviceFor(loop, run, facts), ...(follows === undefined ? [] : [follows])]
    .concat(details(loop, run))
    .join('\n')
}

function howInWords({ end, exitCode, signal }: Ended, aliveMs: number): string {
  const after = `after ${duration(aliveMs)}`
  if (end === 'timed-out') return `reached its time limit and was stopped ${after}`
  if (signal !== undefined) return `was killed by ${signal} ${after}`
  return exitCode === undefined ? `ended without an exit code ${after}` : `exited with code ${exitCode} ${after}`
}

/** `GPU memory (of 16 GiB, no other trial on it)` */
export function memoryInWords({ memory, alone, gpuBytes }: Shortage): string {
  if (memory === 'heap') return 'the memory that it allows itself'
  if (memory === 'host') return alone ? 'memory of the machine, with no other trial beside it' : 'memory of the machine'
  const size = gpuBytes === undefined ? [] : [`of ${bytes(gpuBytes)}`]
  const facts = [...size, ...(alone ? ['no other trial on it'] : [])]
  return facts.length === 0 ? 'GPU memory' : `GPU memory (${facts.join(', ')})`
}

function foundInWords({ shortage, ofForeignGpu }: FoundShortage): string {
  return ofForeignGpu ? 'GPU memory by its own message, though it was given no GPU' : memoryInWords(shortage)
}

function saidOf({ line }: FoundShortage): string[] {
  return line === undefined ? [] : [`It said: ${line.slice(0, LONGEST_LINE)}`]
}

function adviceFor(loop: SweepLoop, run: RunningAttempt, { ended, found }: BadEndFacts): string[] {
  if (found !== undefined) return shortageAdvice(loop, found.ofForeignGpu ? 'gpu' : found.shortage.memory)
  return ended.end === 'timed-out' ? timeLimitAdvice(loop, run) : []
}

function shortageAdvice({ spec }: SweepLoop, memory: Shortage['memory']): string[] {
  if (spec.outOfMemory !== undefined) return []
  const accumulation = spec.trainer.kind === 'builtin' ? 'gradient_accumulation' : 'accumulation_steps'
  const rule = `out_of_memory: { halve: [batch_size], double: [${accumulation}] } in the sweep file: each retry then takes half the batch`
  const other = {
    gpu: 'gradient checkpointing',
    host: 'fewer trials at a time (parallel:)',
    heap: 'raise the limit: NODE_OPTIONS=--max-old-space-size=8192 for Node, -Xmx8g for Java, another backend for the built-in trainer',
  }
  return [`Try: ${rule}; or ${other[memory]}.`]
}

function timeLimitAdvice({ spec, sweepDir }: SweepLoop, { trial }: RunningAttempt): string[] {
  const limit = spec.timeLimitMs === undefined ? '' : ` of ${duration(spec.timeLimitMs)}`
  const goesOn = hasCheckpoint(`${trialDirOf(sweepDir, trial)}/${TRIAL_FILES.checkpoints}`)
    ? 'would let it go on from its checkpoint'
    : 'would run it again (it wrote no checkpoint, so from its beginning)'
  return [`The limit${limit} is time_limit of the sweep file; retry: { timed_out: 1 } ${goesOn}.`]
}

function hasCheckpoint(dir: string): boolean {
  try {
    return readdirSync(dir).length > 0
  } catch {
    return false
  }
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
  const lines = logTail(loop, run).stderr.slice(-LAST_LINES)
  const log = `${trialDir}/${lines.length > 0 ? TRIAL_FILES.stderr : TRIAL_FILES.stdout}`
  const said =
    lines.length > 0 ? ['Its last lines on stderr:', ...lines.map((line) => `  ${line.slice(0, LONGEST_LINE)}`)] : []
  const command = run.command.length > 0 ? [`Command: ${run.command.map(quoted).join(' ')}`] : []
  return [...command, ...said, `Log: ${log}`]
}

/** As a person would type it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`
}
