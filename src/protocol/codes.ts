export const codes = {
  PATTERN_UNUSABLE: 'The pattern of the sweep file is no regular expression, or names no metric; see docs/protocol.md.',
  COMMAND_PARAM:
    'The command needs a parameter as text that this trial does not have, or that is null; the message says which.',
  SAFETENSORS: 'A file is not safetensors, or is damaged; the message says where. Write it again from its source.',
  PREDICTIONS_FILE:
    'A predictions file does not follow docs/protocol.md: header, ids, labels or probabilities; the message says which row.',
} as const
