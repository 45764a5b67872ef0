export const codes = {
  COMMAND_UNKNOWN: 'There is no such command. The message names the near ones; `sweep --help` lists all.',
  FLAG_UNKNOWN: 'The command has no such flag. The message names the near ones; `sweep COMMAND --help` lists all.',
  ARGUMENT_MISSING: 'The command needs an argument that was not given. See `sweep COMMAND --help`.',
  ARGUMENT_UNEXPECTED: 'The command takes fewer arguments than were given. Quote arguments with spaces in them.',
  USAGE: 'A flag has a value that it does not take, or two flags do not go together. See `sweep COMMAND --help`.',
  FOLDER_MISSING: 'The folder given with --folder (or SWEEP_FOLDER) does not exist.',
  DISK_FULL: 'No space is left where something was to be written. Free some; `sweep resume` goes on from there.',
  DISK_FAILS: 'The disk reported an input/output error. Look into the system log; the disk may be failing.',
  FOLDER_READ_ONLY: 'Something could not be written because the file system is read-only or not yours.',
  TOO_MANY_FILES: 'The system refuses to open more files or start more processes. Raise the limit (ulimit -n, -u).',
  NOTHING_COMPLETED: 'The sweep ended and no trial completed, so there is nothing to rank. Look at the logs it names.',
  INTERRUPTED: 'A person stopped the sweep. Nothing is lost: `sweep resume` goes on from there.',
  DOCTOR_FAILED: 'Something that sweeps need is not right on this machine; each failed check says what to do.',
  PREDICT_ROWS_UNREADABLE:
    'Rows of the file could not be read; they stand in the output with the reason, and all others were predicted.',
  UNEXPECTED: 'An error that nobody foresaw: a bug in sweep. Please report it with the lines that were printed.',
} as const
