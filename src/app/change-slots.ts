import { counted } from '../base/human-readable.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { askAndWait, type RunningAnswer, type RunningQuestion, requireRunning } from './ask-running.ts'

export interface SlotsQuestion extends RunningQuestion {
  /** Trials at a time, 1 or more. */
  readonly slots: number
  /** Ends what runs above that number, with its grace period, instead of waiting for its end. */
  readonly now?: boolean
}

/**
 * Changes how many trials of a running sweep run at a time.
 *
 * @throws {UserError} SWEEP_UNKNOWN, NO_SWEEPS, NOT_RUNNING
 */
export async function changeSlots(question: SlotsQuestion): Promise<RunningAnswer> {
  const { slots, now = false } = question
  const { id, dir } = requireRunning(question)
  const before = readSnapshot(dir)
  const { snapshot, ended } = await askAndWait(
    {
      id,
      dir,
      wish: { slots, now },
      heeded: ({ control, trials }) =>
        control?.slots === slots && (!now || trials.filter(({ state }) => state === 'running').length <= slots),
    },
    question,
  )
  if (ended) return { id, result: snapshot.state, message: `${id} ended meanwhile: it is ${snapshot.state}.` }
  return { id, result: 'changed', message: messageOf(id, { slots, most: snapshot.control?.mostSlots, before, now }) }
}

function messageOf(
  id: string,
  {
    slots,
    most = slots,
    before,
    now,
  }: {
    readonly slots: number
    readonly most: number | undefined
    readonly before: ReturnType<typeof readSnapshot>
    readonly now: boolean
  },
): string {
  const more = slots > most ? ` This machine has ${counted(most, 'slot')} for it, so it stays at ${most}.` : ''
  const running = before.trials.filter(({ state }) => state === 'running').length
  const over = running - slots
  const rest =
    over > 0 && !now ? ` ${counted(over, 'trial')} above that number will finish first; --now ends them.` : ''
  return `${id} now runs ${counted(slots, 'trial')} at a time.${more}${rest}`
}
