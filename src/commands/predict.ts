import { Args, Flags } from '@oclif/core'
import type { Predicted } from '../app/predict.ts'
import { UserError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { readPredictor } from './predictor.ts'

export default class Predict extends BaseCommand {
  static override summary = 'Label the texts of a file by a trial or by the ensemble of a sweep.'
  static override description =
    `Reads CSV, TSV or JSONL of any size as a stream and keeps the order of its rows. For every task the
output has TASK.label, TASK.confidence and TASK.p.CLASS. Weights that are missing, untrained or not those
that were verified after training are refused.

Rows that cannot be read are reported with their line, stand in the output with the reason under "problem",
and make the exit code 2.`
  static override examples = [
    '<%= config.bin %> predict gamma-grid.3 new.csv > labelled.csv     # the ensemble',
    '<%= config.bin %> predict gamma-grid.3/17 new.csv --output labelled.jsonl',
    '<%= config.bin %> predict gamma-grid.3 17 new.tsv --text body --keep',
  ]

  static override args = {
    id: Args.string({
      description: 'Sweep, such as gamma-grid.3, whose ensemble predicts; or one trial of it: gamma-grid.3/17.',
      required: true,
    }),
    trial_or_file: Args.string({
      description: 'Number of a trial of that sweep where a file follows; otherwise the file.',
      required: true,
    }),
    file: Args.string({ description: 'CSV, TSV or JSONL, by its ending, with a column of texts.' }),
  }

  static override flags = {
    output: Flags.string({
      char: 'o',
      summary: 'File to write, whole or not at all; otherwise stdout.',
      env: 'SWEEP_OUTPUT',
      helpValue: 'PATH',
    }),
    format: Flags.option({
      options: ['csv', 'tsv', 'jsonl'] as const,
      summary: 'Form of the output; otherwise by the ending of --output, or csv.',
      env: 'SWEEP_FORMAT',
    })(),
    keep: Flags.boolean({
      summary: 'Keep all columns of the input, before the predictions.',
      env: 'SWEEP_KEEP',
      default: false,
      allowNo: true,
    }),
    calibrated: Flags.boolean({
      summary: 'Apply the temperature and the class biases that helped on validation.',
      env: 'SWEEP_CALIBRATED',
      default: true,
      allowNo: true,
    }),
    text: Flags.string({
      summary: 'Column with the text; otherwise the one of the training.',
      env: 'SWEEP_TEXT',
      helpValue: 'COLUMN',
    }),
    id: Flags.string({
      summary: 'Column with the ids; otherwise the one of the training, or the number of the row from 0.',
      env: 'SWEEP_ID_COLUMN',
      helpValue: 'COLUMN',
    }),
    delimiter: Flags.option({
      options: [',', ';', '\t', '|'] as const,
      summary: 'What parts the columns of a CSV file; otherwise as in training.',
      env: 'SWEEP_DELIMITER',
    })(),
    backend: Flags.string({
      summary: 'Where tensors are computed; otherwise as in training.',
      env: 'SWEEP_BACKEND',
      helpValue: 'NAME',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Predict)
    const { output, format, keep, calibrated, text, id, delimiter, backend } = flags
    if (this.json && output === undefined) throw noOutput()
    const workspace = this.workspace(flags.folder)
    const [{ predictFile }, { predictProgress }] = await Promise.all([
      import('../app/predict.ts'),
      import('./live/predict-progress.ts'),
    ])
    const progress = predictProgress(this.talkStyle)
    try {
      const predicted = await predictFile({
        workspace,
        ...readPredictor(args.id, args.trial_or_file, args.file),
        keep,
        calibrated,
        ...(output === undefined ? {} : { output }),
        ...(format === undefined ? {} : { format }),
        ...(text === undefined ? {} : { text }),
        ...(id === undefined ? {} : { idColumn: id }),
        ...(delimiter === undefined ? {} : { delimiter }),
        ...(backend === undefined ? {} : { backend }),
        onEvent: progress.event,
      })
      progress.close()
      this.#conclude(predicted)
    } finally {
      progress.close()
    }
  }

  #conclude(predicted: Predicted): void {
    const { rows, unreadable, output } = predicted
    const error = unreadable === 0 ? undefined : unreadableRows(predicted)
    if (this.json) this.answer({ ...predicted, error: error && this.errorObject(error) }, () => [])
    else this.say(`${counted(rows, 'row')} by ${byWhom(predicted)}${output === undefined ? '' : `: ${output}`}`)
    if (error) throw error
  }
}

function byWhom({ members, calibrated }: Predicted): string {
  const who = members.length === 1 ? `trial ${members[0]}` : `an ensemble of ${members.length} trials`
  return `${who}, ${calibrated.length === 0 ? 'not calibrated' : `calibrated (${calibrated.join(', ')})`}`
}

function unreadableRows({ unreadable, rows }: Predicted): UserError {
  return new UserError(
    `${counted(unreadable, 'row')} of ${rows} could not be read and have no label; the output says why. All others were predicted.`,
    { code: 'PREDICT_ROWS_UNREADABLE', suggestions: ['correct the lines that are named above, then predict again'] },
  )
}

function noOutput(): UserError {
  return new UserError('With --json the predictions need a file of their own. Nothing was predicted.', {
    code: 'USAGE',
    suggestions: ['--output predictions.csv'],
  })
}
