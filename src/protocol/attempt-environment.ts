/**
 * The environment that a trial's process is given, beside what it inherits.
 * Part of the public protocol (docs/protocol.md): changing a name breaks other people's trainers.
 */
export const VARIABLE = {
  trialDir: 'SWEEP_TRIAL_DIR',
  params: 'SWEEP_PARAMS',
  seed: 'SWEEP_SEED',
  events: 'SWEEP_EVENTS',
  checkpointDir: 'SWEEP_CHECKPOINT_DIR',
  resume: 'SWEEP_RESUME',
  sweep: 'SWEEP_ID',
  trial: 'SWEEP_TRIAL',
  attempt: 'SWEEP_ATTEMPT',
} as const

/** What one attempt is told; paths are absolute. */
export interface AttemptContext {
  readonly sweepId: string
  readonly trial: number
  /** 1 for the first attempt. */
  readonly attempt: number
  readonly seed: number
  readonly trialDir: string
  /** True when an earlier attempt may have left a checkpoint. */
  readonly resume: boolean
}

/** File and folder names inside a trial's folder. */
export const TRIAL_FILES = {
  params: 'params.json',
  events: 'events.ndjson',
  stdout: 'stdout.log',
  stderr: 'stderr.log',
  checkpoints: 'checkpoints',
  predictions: 'predictions',
  details: 'details',
  weights: 'weights.safetensors',
} as const

/** @returns the variables of {@link VARIABLE} for one attempt; paths are joined under `trialDir`. */
export function attemptEnvironment(context: AttemptContext): Record<string, string> {
  const inside = (name: string) => `${context.trialDir}/${name}`
  return {
    [VARIABLE.trialDir]: context.trialDir,
    [VARIABLE.params]: inside(TRIAL_FILES.params),
    [VARIABLE.seed]: String(context.seed),
    [VARIABLE.events]: inside(TRIAL_FILES.events),
    [VARIABLE.checkpointDir]: inside(TRIAL_FILES.checkpoints),
    [VARIABLE.resume]: context.resume ? '1' : '0',
    [VARIABLE.sweep]: context.sweepId,
    [VARIABLE.trial]: String(context.trial),
    [VARIABLE.attempt]: String(context.attempt),
  }
}
