import { Args, Flags } from '@oclif/core'

// Flags that several commands have: the same flag means the same everywhere.

export const detachFlag = Flags.boolean({
  summary: 'Run in the background and come back at once.',
  env: 'SWEEP_DETACH',
  default: false,
  allowNo: true,
})

export const gpusFlag = Flags.string({
  summary: 'GPUs to use, by index or UUID, with commas; otherwise all.',
  env: 'SWEEP_GPUS',
  helpValue: '0,1',
})

export const slotsFlag = Flags.integer({
  summary: 'Trials at a time, at most; otherwise as many as the machine has room for.',
  env: 'SWEEP_SLOTS',
  helpValue: 'N',
  min: 1,
})

export const setFlag = Flags.string({
  summary: 'Change a value of the sweep file for this start; may be given several times.',
  env: 'SWEEP_SET',
  helpValue: 'key=value',
  multiple: true,
  multipleNonGreedy: true,
})

export const reuseFlag = Flags.boolean({
  summary: 'Let identical completed trials of earlier sweeps answer.',
  env: 'SWEEP_REUSE',
  default: true,
  allowNo: true,
})

export const liveFlag = Flags.boolean({
  summary: 'Redraw the live view on a terminal; --no-live prints a line an event instead.',
  env: 'SWEEP_LIVE',
  default: true,
  allowNo: true,
})

export const untilFlag = Flags.string({
  summary: 'End gracefully at this time: 07:00 (the next one) or 2026-11-24T07:00. A resume goes on from there.',
  env: 'SWEEP_UNTIL',
  helpValue: '07:00',
})

export const idArgument = Args.string({
  name: 'id',
  description: 'Sweep, such as gamma-grid.3; a name means its latest start, nothing means the latest of all.',
})

export const trialArgument = Args.integer({
  name: 'trial',
  description:
    'Number of the trial, from 0: in the lines of sweep start and status, and the folders of runs/ID/trials/.',
  required: true,
  min: 0,
})

/**
 * All values of a flag that may be given several times. oclif hands over one string instead of a list when the value
 * comes from the flag's variable; there a line break stands between values.
 */
export function everyValue<T extends string>(values: readonly T[] | T | undefined): T[] {
  if (typeof values !== 'string') return [...(values ?? [])]
  return values.split('\n').filter((value): value is T => value !== '')
}

/** What --gpus and --slots allow, as the loop wants it; what was not given is left out. */
export function allowance(flags: { readonly gpus: string | undefined; readonly slots: number | undefined }): {
  readonly gpus?: string[]
  readonly limit?: number
} {
  const gpus = flags.gpus
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
  return { ...(gpus === undefined ? {} : { gpus }), ...(flags.slots === undefined ? {} : { limit: flags.slots }) }
}
