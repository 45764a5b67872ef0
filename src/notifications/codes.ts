export const codes = {
  NOTIFY_FAILED:
    'A message did not arrive; the sweep goes on all the same. The text names the host and what it answered.',
} as const
