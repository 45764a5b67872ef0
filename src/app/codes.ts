export const codes = {
  SWEEP_UNKNOWN:
    'No sweep with this id or name is in runs/. Look at `sweep status`, or at the near names in the message.',
  NO_SWEEPS: 'There is no sweep in runs/ yet. Start one with `sweep start NAME`.',
  RUNS_NOT_WRITABLE: 'The folder for sweeps could not be created or written. Check its permissions and the free space.',
  TRIAL_UNKNOWN: 'The sweep has no trial of this number. `sweep status ID` shows which there are.',
} as const
