import {
  allProcesses,
  type ChildrenByParent,
  childrenByParent,
  environmentOf,
  type SeenProcess,
} from '../../base/process-tree.ts'
import { VARIABLE } from '../../protocol/attempt-environment.ts'
import { attemptKey } from './attempt-record.ts'

/** All processes at one moment. */
export interface Look {
  readonly all: readonly SeenProcess[]
  /** Of all of them, made once for the trees of all attempts. */
  readonly children: ChildrenByParent
  /** By pid: the {@link attemptKey} of the attempt of this sweep whose mark the process carries. */
  readonly marks: ReadonlyMap<number, string>
}

export interface Looks {
  /** Not older than a moment. */
  recent(): Look
  /** One that is taken from now on; whoever asks in the meantime shares it. */
  next(): Promise<Look>
}

/** Looks may take up to one part in so many of our time, however many processes the machine has. */
const SHARE = 20
/** A look may have taken long only because the machine was busy, and whoever ends an attempt waits for the next one. */
const LONGEST_PAUSE_MS = 2000
/** A look this old, in milliseconds, is good enough to begin with when an attempt is to be ended. */
const RECENT_MS = 100
/** By pid. */
type ReadMarks = Map<number, { readonly startTime: string; readonly mark: string | undefined }>

const NAMES = [VARIABLE.trialDir, VARIABLE.trial, VARIABLE.attempt]

/** @returns milliseconds between a look that took `tookMs` and the next */
export function pauseAfter(tookMs: number): number {
  return Math.min(SHARE * tookMs, LONGEST_PAUSE_MS)
}

/**
 * Looks at the machine's processes for all attempts together, and not too often.
 *
 * /proc is read because Node can neither become the parent of orphaned descendants (PR_SET_CHILD_SUBREAPER) nor put
 * attempts into cgroups without rights that a user rarely has. On other systems than Linux a look sees nothing.
 */
export class ProcessLooks implements Looks {
  readonly #folder: string
  /** Of those in the last look: an environment is read once. */
  #read: ReadMarks = new Map()
  #last: { readonly look: Look; readonly at: number; readonly tookMs: number } | undefined
  #next: Promise<Look> | undefined

  /** @param sweepDir absolute; marks of attempts of other sweeps do not count */
  constructor(sweepDir: string) {
    this.#folder = `${sweepDir}/`
  }

  recent(): Look {
    const last = this.#last
    return last !== undefined && performance.now() - last.at < RECENT_MS ? last.look : this.#take()
  }

  next(): Promise<Look> {
    this.#next ??= new Promise((resolve) => {
      const { at = 0, tookMs = 0 } = this.#last ?? {}
      const wait = Math.max(0, at + pauseAfter(tookMs) - performance.now())
      setTimeout(() => {
        this.#next = undefined
        resolve(this.#take())
      }, wait)
    })
    return this.#next
  }

  #take(): Look {
    const from = performance.now()
    const all = allProcesses()
    const read: ReadMarks = new Map()
    const marks = new Map<number, string>()
    for (const { pid, startTime } of all) {
      const before = this.#read.get(pid)
      const mark = before?.startTime === startTime ? before.mark : this.#markOf(pid)
      read.set(pid, { startTime, mark })
      if (mark !== undefined) marks.set(pid, mark)
    }
    this.#read = read
    const look = { all, children: childrenByParent(all), marks }
    const at = performance.now()
    this.#last = { look, at, tookMs: at - from }
    return look
  }

  #markOf(pid: number): string | undefined {
    const [trialDir, trial, attempt] = environmentOf(pid, NAMES)
    if (trialDir?.startsWith(this.#folder) !== true) return undefined
    return attemptKey({ trial: Number(trial), attempt: Number(attempt) })
  }
}
