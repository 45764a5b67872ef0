import { constants } from 'node:os'
import { counted, duration } from '../../base/human-readable.ts'
import { machineRefusal } from '../../base/write-refusal.ts'
import type { AttemptStatus } from '../executor.ts'
import type { AttemptFacts, ProcessEnd, StoppedBy } from './attempt-record.ts'

/** What a signal usually means for a training program. */
const MEANING: Readonly<Record<string, string>> = {
  SIGKILL: 'SIGKILL is usually the out-of-memory killer',
  SIGSEGV: 'a fault in native code, such as a GPU library that does not fit its driver',
  SIGABRT: 'native code gave up; its last words are in stderr.log',
  SIGBUS: 'often a full /dev/shm or a truncated memory-mapped file',
  SIGILL: 'the program was built for another kind of processor',
  SIGFPE: 'an integer division by zero in native code',
  SIGTERM: 'somebody else asked it to end',
  SIGINT: 'somebody else asked it to end',
  SIGHUP: 'its terminal was closed',
  SIGPIPE: 'it wrote to something that had closed',
  SIGXCPU: 'a limit of CPU time',
  SIGXFSZ: 'a limit of file size',
}

const SIGNAL_NAMES = new Map(Object.entries(constants.signals).map(([name, number]) => [number as number, name]))

/**
 * What `poll` answers for an attempt whose end is on record, or undefined when none is.
 * `reason` is a phrase that goes on a sentence: no capital, no full stop.
 */
export function recordedStatus(facts: AttemptFacts): AttemptStatus | undefined {
  const { refused, ended, stopping } = facts
  if (refused !== undefined) {
    const reason = `could not be started: ${refused.message} (${refused.code})`
    const machine = refused.code === 'RECORD_FAILED' ? refused.message : machineRefusal(refused.code)
    return { state: 'ended', end: 'crashed', reason, ...(machine === undefined ? {} : { machine }) }
  }
  if (ended === undefined) return undefined
  const how = {
    state: 'ended' as const,
    endedAt: ended.at,
    lived: ended.after,
    ...(ended.code === null ? {} : { exitCode: ended.code }),
    ...(ended.signal === null ? {} : { signal: ended.signal }),
    ...(ended.note === undefined ? {} : { note: ended.note }),
  }
  if (stopping !== undefined) {
    const end = endOfStop(stopping)
    return { ...how, end, reason: stopInWords(ended, facts) }
  }
  if (ended.code === 0) return { ...how, end: 'finished' }
  if (ended.memory !== undefined) return { ...how, end: 'out-of-memory', memory: 'host', reason: endInWords(ended) }
  const machine = machineRefusal(ended.disk ?? '')
  return { ...how, end: 'crashed', reason: endInWords(ended), ...(machine === undefined ? {} : { machine }) }
}

/** `exited with code 3 after 12 s`, `killed by SIGKILL after 3 min 12 s; SIGKILL is usually ...`. */
export function endInWords(end: ProcessEnd): string {
  const alive = duration(end.after)
  if (end.memory !== undefined) {
    const how = end.signal === null ? `exited with code ${end.code}` : `killed by ${end.signal}`
    return `${how} after ${alive}; ${end.memory}`
  }
  if (end.notMemory === true) {
    const how = end.signal === null ? `exited with code ${end.code}` : `killed by ${end.signal}`
    return `${how} after ${alive}; not by the out-of-memory killer, by the kernel's count`
  }
  if (end.signal !== null) return withMeaning(`killed by ${end.signal} after ${alive}`, end.signal)
  const plain = `exited with code ${end.code} after ${alive}`
  // A shell says 128 + n when the program in it was killed by signal n.
  const inner = end.code === null || end.code <= 128 ? undefined : SIGNAL_NAMES.get(end.code - 128)
  return inner === undefined ? plain : withMeaning(`${plain}, as a shell does for ${inner}`, inner)
}

function withMeaning(text: string, signal: string): string {
  const meaning = MEANING[signal]
  return meaning === undefined ? text : `${text}; ${meaning}`
}

function stopInWords(end: ProcessEnd, facts: AttemptFacts): string {
  const text = `${stopped(facts.stopping)} after ${duration(end.after)}`
  const grace = duration(facts.starting?.graceMs ?? Number.NaN)
  return end.signal === 'SIGKILL' ? `${text}; it had not ended ${grace} after SIGTERM, so it was killed` : text
}

function endOfStop(by: StoppedBy): 'stopped' | 'timed-out' {
  return by === 'time-limit' ? 'timed-out' : 'stopped'
}

function stopped(by: StoppedBy | undefined): string {
  if (by === 'time-limit') return 'reached its time limit and was stopped'
  return by === 'orphaned' ? 'was stopped because the orchestrator had died' : 'was stopped'
}

/** @returns what to say of processes that an attempt has left behind; undefined when there were none */
export function strayNote(ended: readonly string[], untouchable: readonly string[]): string | undefined {
  const parts = [
    ...(ended.length === 0
      ? []
      : [
          `${counted(ended.length, 'process', 'processes')} that had left its process group and went on after its end had to be ended: ${ended.join(', ')}.`,
        ]),
    ...(untouchable.length === 0
      ? []
      : [`These belong to another user and could not be ended: ${untouchable.join(', ')}. Look at them: ps -fp PID`]),
  ]
  return parts.length === 0 ? undefined : parts.join(' ')
}

/** For an attempt that vanished and left no record of its end. */
export function lostStatus(facts: AttemptFacts, why: string, note?: string): AttemptStatus {
  const said = note === undefined ? {} : { note }
  if (facts.stopping === undefined) return { state: 'ended', end: 'lost', reason: why, ...said }
  return { state: 'ended', end: endOfStop(facts.stopping), reason: stopped(facts.stopping), ...said }
}
