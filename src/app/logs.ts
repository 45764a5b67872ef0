import { createReadStream, existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type Clock, systemClock } from '../base/clock.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import { FINAL_STATES } from '../trial/states.ts'
import { findTrial, type TrialQuestion } from './trial-lookup.ts'
import { sweepDirOf } from './workspace.ts'

/** One output of a trial's process, as bytes in a file. */
export interface TrialLog {
  readonly id: string
  /** Absolute. */
  readonly path: string
  /** 0 also when there is no file yet. */
  readonly bytes: number
  /** Size of the trial's other output, for a hint when this one is empty. */
  readonly otherBytes: number
  /** The trial has run, but somebody removed its folder. */
  readonly folderGone: boolean
}

export interface LogQuestion extends TrialQuestion {
  readonly stream: 'stdout' | 'stderr'
}

/** Finds the log of a trial. @throws {UserError} TRIAL_UNKNOWN */
export function trialLog(question: LogQuestion): TrialLog {
  const { id, folder, trial } = findTrial(question)
  const size = (name: 'stdout' | 'stderr') =>
    statSync(join(folder, TRIAL_FILES[name]), { throwIfNoEntry: false })?.size ?? 0
  const path = join(folder, TRIAL_FILES[question.stream])
  const other = question.stream === 'stdout' ? 'stderr' : 'stdout'
  return {
    id,
    path,
    bytes: size(question.stream),
    otherBytes: size(other),
    folderGone: trial.attempts.length > 0 && !existsSync(folder),
  }
}

export interface FollowOptions extends LogQuestion {
  readonly onBytes: (stream: Readable) => Promise<void>
  readonly signal?: AbortSignal
  readonly clock?: Clock
}

const POLL_MS = 300

/** Hands out a log from its start as it grows, and returns when the trial has ended and everything was handed out. */
export async function followLog(options: FollowOptions): Promise<TrialLog> {
  const { onBytes, signal, clock = systemClock } = options
  const log = trialLog(options)
  let at = 0
  let quiet = false
  while (!signal?.aborted) {
    // Asked before the file is looked at, so that what the trial wrote last is still read; and only when nothing
    // comes, for the answer costs reading the journal.
    const ended = quiet && hasEnded(options, log.id)
    const { size } = statSync(log.path, { throwIfNoEntry: false }) ?? { size: 0 }
    // A later attempt may begin the file anew.
    if (size < at) at = 0
    quiet = size === at
    if (!quiet) await onBytes(createReadStream(log.path, { start: at, end: size - 1 }))
    at = size
    if (ended && quiet) break
    await clock.sleep(POLL_MS, signal)
  }
  return log
}

function hasEnded({ workspace, trial }: TrialQuestion, id: string): boolean {
  const state = readSnapshot(sweepDirOf(workspace, id)).trials[trial]?.state
  return state === undefined || FINAL_STATES.has(state)
}
