import { verdictOn } from './decide.ts'
import { type RunningAttempt, record, type StopOrder, type SweepLoop } from './sweep-loop.ts'

/** Whether the pruner is asked about what an attempt says now: not when it is being ended anyway. */
export function isJudged(loop: SweepLoop, run: RunningAttempt): boolean {
  return loop.pruner !== undefined && run.order === undefined && loop.ending === undefined
}

/** Asks the pruner after a report; its verdict is written down before it is carried out. */
export function judge(loop: SweepLoop, run: RunningAttempt): void {
  const verdict = verdictOn(loop, run.trial)
  if (verdict.action === 'continue') return
  const { action, reason } = verdict
  record(loop, { type: 'verdict', trial: run.trial, action, reason })
  order(loop, run, orderOf({ action, reason }))
}

/** How a verdict is carried out, now or by the orchestrator that takes the sweep up. */
export function orderOf({ action, reason }: { readonly action: 'stop' | 'pause'; readonly reason: string }): StopOrder {
  return { as: action === 'stop' ? 'pruned' : 'paused', reason }
}

/** Asks a running attempt to end; its end shows in a later turn. */
export function order(loop: SweepLoop, run: RunningAttempt, stop: StopOrder): void {
  run.order = stop
  loop.executor.stop(run.handle, stop.as === 'timed-out' ? 'time-limit' : 'stop')
}
