export const codes = {
  TOO_MANY_FAILURES:
    'Too many trials failed in a row, so the sweep stopped before wasting more. The message names the cause; correct it, then `sweep resume --retry failed`.',
  TRIAL_FOLDER:
    'The folder of a trial cannot be written: a full disk, a quota or missing rights. Repair that, then `sweep resume`.',
  DISK_REFUSES:
    'The disk took no data, so a trial ended that is not to blame and waits for another attempt. Make room, then `sweep resume`.',
} as const
