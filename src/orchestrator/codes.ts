export const codes = {
  TOO_MANY_FAILURES:
    'The first trials all failed, so the sweep stopped before wasting more. The message names the cause; correct it, then `sweep resume --retry failed`.',
  LAUNCH_FAILED: 'The command of a trial could not be made from the sweep file. The message names the part.',
} as const
