export const codes = {
  TOO_MANY_FAILURES:
    'The first trials all failed, so the sweep stopped before wasting more. The message names the cause; correct it, then `sweep resume --retry failed`.',
} as const
