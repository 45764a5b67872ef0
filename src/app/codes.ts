export const codes = {
  SWEEP_UNKNOWN:
    'No sweep with this id or name is in runs/. Look at `sweep status`, or at the near names in the message.',
  NO_SWEEPS: 'There is no sweep in runs/ yet. Start one with `sweep start NAME`.',
  RUNS_NOT_WRITABLE: 'The folder for sweeps could not be created or written. Check its permissions and the free space.',
  TRIAL_UNKNOWN: 'The sweep has no trial of this number. `sweep status ID` shows which there are.',
  CHOICE_UNKNOWN: 'The sweep names a sampler, pruner, race or executor that this release does not have.',
  SEARCH_STATE:
    'The state given to openSearch is not one that state() returned, or is of another release. Leave it out to begin anew.',
  TRAINER_MISSING: 'The built-in trainer is not there. Build it: npm run build.',
  RESUME_FUNCTION: 'The trainer of the sweep is a function of a program; only that program can go on with it.',
  NOT_RUNNING: 'What was asked for only means something while the sweep runs. `sweep resume` goes on with it.',
  RESUME_RUNNING: 'The sweep is running, and what was asked for needs one that is not: stop it first.',
  TRIAL_NUMBER:
    'A flag takes numbers of trials, from 0, as `sweep status` and the folders of runs/ID/trials/ have them.',
  TRIAL_ENDED: 'The trial has its result, which stays. A sweep with other parameters answers what is the same by it.',
  UNTIL_UNREADABLE: '--until takes a time of the day (07:00, the next one) or a date with a time.',
  UNTIL_PAST: 'The date given with --until has passed.',
  BUDGET_UNREADABLE: '--budget takes trials=N, gpu_hours=N or wall_time=8h; it may be given several times.',
  STOP_ELSEWHERE: 'The sweep runs on another host; stop it there.',
  STOP_NOT_ALLOWED: 'The process that runs the sweep belongs to somebody else, who has to stop it.',
  REPORT_NOT_WRITABLE:
    'The report could not be written; the sweep itself is safe. Free space or mend permissions, then `sweep report`.',
  DETACHED_ENDED: 'The process in the background ended before its sweep began; the message shows what it said.',
  ENSEMBLE_NO_PREDICTIONS: 'No completed trial wrote predictions for validation; see docs/protocol.md for the files.',
  TRAIN_INCOMPLETE:
    '`sweep train` needs data and the column of at least one task: --data FILE --task NAME=COLUMN, or --sweep.',
  PREDICT_NOT_OURS:
    'Only the built-in text classifier can be used by `sweep predict`; a program of yours knows its own weights.',
  PREDICT_NOT_COMPLETED: 'The trial has not completed, so it has no verified weights to predict with.',
  PREDICT_NO_ENSEMBLE: 'The sweep has no ensemble yet and several trials: run `sweep ensemble ID`, or name a trial.',
  PREDICT_FORMAT: 'The form of the output is not known from its ending: use .csv, .tsv or .jsonl, or --format.',
  PREDICT_ENDED: 'The process that predicts was ended from outside; the message shows how and what it said last.',
  NOTIFY_NOBODY: 'The sweep file names nobody to be told, or none of that kind. Add `notify:` to it.',
  MACHINE: 'What this machine has or lacks for a sweep whose data file is missing too; a start needs both.',
} as const
