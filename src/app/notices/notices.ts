import type { SweepObserver } from '../../orchestrator/observer.ts'
import { BestWatch } from './best-watch.ts'
import { type NoticesOptions, Outbox, targetsFor } from './outbox.ts'
import { StandstillWatch } from './standstill-watch.ts'

/** Tells people of a standstill and of a new best while the sweep runs. Nothing of it ever holds the loop up. */
export interface Notices {
  readonly observer: SweepObserver
  /** Waits a moment for what is still on its way. @returns what was not delivered, a sentence each */
  settle(): Promise<string[]>
}

/** Milliseconds between two looks at the clock; a sweep of short trials has a thousand turns a second. */
const LOOK_MS = 1000

/** @returns undefined when nobody wants to be told of anything before the end */
export function openNotices(options: NoticesOptions): Notices | undefined {
  const { spec } = options
  const wanted = targetsFor(spec, ['stalled', 'new_best'])
  if (wanted.length === 0) return undefined
  const outbox = new Outbox(options)
  const watchers = [
    new StandstillWatch(options, outbox),
    ...(targetsFor(spec, ['new_best']).length > 0 ? [new BestWatch(options, outbox)] : []),
  ]
  let nextLook = 0
  return {
    observer: {
      event: (event) => {
        for (const watcher of watchers) watcher.event(event)
      },
      tick: (live) => {
        const now = options.clock.monotonic()
        if (now < nextLook || live.stopping) return
        nextLook = now + LOOK_MS
        try {
          for (const watcher of watchers) watcher.look(live, now)
        } catch (error) {
          // A message is never worth the sweep that it is about.
          outbox.warn(`A message could not be made: ${(error as Error).message}.`)
        }
      },
    },
    settle: () => outbox.settle(),
  }
}
