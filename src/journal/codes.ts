export const codes = {
  JOURNAL_NEWER:
    'The sweep was written by a newer release of this program; update it, or read the sweep with that release.',
  JOURNAL_LOCKED: 'Another process writes this sweep; stop it there (`sweep stop`), or wait until it has ended.',
  JOURNAL_LOCKED_ELSEWHERE:
    'A process on another host holds the sweep, and this host cannot see whether it lives; look there, then remove the lock file.',
  JOURNAL_UNWRITABLE:
    'The folder of the sweep cannot be written: a full disk, a quota, missing rights or a read-only disk.',
  SWEEP_EXISTS: 'A sweep with this id is already there; take the next number, or resume it.',
  SWEEP_MISSING: 'There is no sweep in this folder; `sweep status` lists those that exist.',
  SWEEP_FILE_UNREADABLE: 'The frozen sweep.json of a sweep cannot be read; put it back from a copy.',
} as const
