export const codes = {
  PATTERN_UNUSABLE: 'The pattern of the sweep file is no regular expression, or names no metric; see docs/protocol.md.',
} as const
