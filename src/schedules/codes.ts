export const codes = {
  SCHEDULE_NAME: 'A schedule is named by letters, digits, dots, dashes and underscores, 64 at most.',
  SCHEDULE_UNKNOWN: 'There is no schedule of this name. `sweep schedule list` shows all.',
  SCHEDULE_UNREADABLE:
    'A file of a schedule is damaged or of a newer release. Add the schedule again, or update sweep.',
  SCHEDULE_AT: 'A cron expression is not right. Five fields: minute, hour, day of month, month, day of week.',
  SCHEDULE_NEVER: 'The cron expression is never due, such as on the 31st of February.',
  SCHEDULE_ZONE: 'The time zone is not known. Zones are named like Europe/Berlin or UTC.',
  SCHEDULE_UNTIL: 'The end of the window is a time of day, such as 07:00.',
  SCHEDULE_ENV:
    'A variable named with --env is not set, or the sweep file refers to one that is not kept: name it with --env.',
  SCHEDULE_BUSY: 'Another process has been changing the same schedule for too long.',
  INSTALLER_REFUSED: 'What was to wake sweep does not work on this machine; the message says why.',
  INSTALL_FAILED: 'The system refused to install or remove the timer of a schedule; its own words are in the message.',
  CRONTAB_PATH: 'A path has a line break in it, which no crontab can hold.',
} as const
