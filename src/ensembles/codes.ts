export const codes = {
  ENSEMBLE_TOO_FEW: 'An ensemble needs two trials with predictions, and rows to divide among the folds.',
  ENSEMBLE_MISMATCH: 'Trials predict other rows, labels or classes than the others, so they cannot be averaged.',
  ENSEMBLE_UNTRAINED: 'The weights of a trial were never trained, so its predictions mean nothing.',
} as const
