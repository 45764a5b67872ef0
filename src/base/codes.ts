export const codes = {
  BUG: 'A state that the code rules out; please report it with the lines above.',
  LOCK_UNREADABLE: 'A lock file is not one of ours or is damaged; make sure nobody works there, then remove it.',
  PATH_ESCAPES: 'A path that came from data leads out of its folder and was not used.',
} as const
