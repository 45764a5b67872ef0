/** Codes of the errors that this room throws; docs/errors.md is made from them. */
export const codes = {
  PROGRAM_NOT_FOUND: 'The program of the trainer is not there, or may not be run. Correct `program` or `command`.',
  FOLDER_NOT_FOUND: 'The folder that the trainer is to run in is not there. Correct `cwd` or make the folder.',
  INLINE_WITHOUT_FUNCTION: 'A sweep of an in-process function runs only in the program that defines the function.',
  RECORD_FAILED:
    'attempts.ndjson in the folder of the sweep cannot be written, mostly a full disk. Make room, then resume.',
  KEEPER_MISSING: 'dist/keeper.cjs, which starts the processes of trials, is not there. Build it: npm run build.',
  KEEPER_FAILS: 'The process that starts trials ends again and again; keeper.log in the folder of the sweep says why.',
  KEEPER_BUSY: 'The keeper of the earlier start still lives and has not let go. Look at it, end it, then resume.',
} as const
