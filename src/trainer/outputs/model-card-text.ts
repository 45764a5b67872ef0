import { bytes, counted } from '../../base/human-readable.ts'
import type { Interval } from '../../statistics/intervals.ts'
import type { ModelCard, TaskCard } from './model-card.ts'

/** The card for people, in Markdown. What the model may be used for is for them to say: nothing here guesses. */
export function modelCardText(card: ModelCard): string {
  const { name, model, data, seed, training, versions, figures } = card
  const parts = [
    `# Model card: ${plain(name)}`,
    'Measured facts only. Intervals are 95 % over rows and say nothing of other seeds; test was looked at once.',
    '## Model',
    table(
      ['what', 'value'],
      [
        ['encoder', model.encoder],
        ...Object.entries(model.encoderFacts).map(([fact, value]) => [`encoder: ${fact}`, String(value)]),
        ['SHA-256 of what the encoder learned', model.encoderSha256],
        ['weights', `weights.safetensors, ${bytes(model.weights.bytes)}`],
        ['SHA-256 of the weights', model.weights.sha256],
        ['seed', String(seed)],
        ['best epoch', `${training.bestEpoch} of ${training.stoppedEpoch}, ${counted(training.steps, 'step')} in all`],
        ...Object.entries(versions).map(([program, version]) => [program, version]),
      ],
    ),
    '## Data',
    table(
      ['what', 'value'],
      [
        ['source', typeof data.source === 'string' ? data.source : JSON.stringify(data.source)],
        ['SHA-256', data.sha256],
      ],
    ),
    rowsTable(data.rows),
    '## Figures',
    ...figures.test.flatMap((of) => taskPart(of, 'test')),
    ...figures.validation.flatMap((of) => taskPart(of, 'validation, on which the epoch was chosen')),
    ...calibrationPart(card),
    '## Configuration',
    `\`\`\`json\n${JSON.stringify(card.configuration, undefined, 2)}\n\`\`\``,
  ]
  return `${parts.join('\n\n')}\n`
}

function rowsTable(rows: ModelCard['data']['rows']): string {
  const columns = Object.keys(rows[0] ?? { task: '', class: '' })
  return table(
    columns,
    rows.map((row) => columns.map((column) => String(row[column] ?? ''))),
  )
}

function taskPart({ task, macroF1, accuracy, classes }: TaskCard, where: string): string[] {
  return [
    `### ${plain(task)}: ${where}`,
    `Macro-F1 ${between(macroF1)}, accuracy ${between(accuracy)}.`,
    table(
      ['class', 'precision', 'recall', 'F1', 'rows'],
      classes.map((of) => [
        of.class,
        of.precision.toFixed(4),
        of.recall.toFixed(4),
        between(of.f1),
        String(of.support),
      ]),
    ),
  ]
}

function calibrationPart({ calibration }: ModelCard): string[] {
  if (calibration === undefined) return ['## Calibration', 'None was asked for.']
  const rows = Object.entries(calibration.tasks).map(
    ([
      task,
      {
        temperature,
        bias,
        validation: { before, after },
      },
    ]) => [
      task,
      temperature.applied ? temperature.fitted.toFixed(3) : 'not applied',
      bias === undefined ? 'not asked for' : bias.applied ? 'applied' : 'not applied',
      `${before.ece.toFixed(4)} -> ${after.ece.toFixed(4)}`,
      `${before.logLoss.toFixed(4)} -> ${after.logLoss.toFixed(4)}`,
      `${before.macroF1.toFixed(4)} -> ${after.macroF1.toFixed(4)}`,
    ],
  )
  const left = Object.entries(calibration.left).map(([task, reason]) => `${plain(task)} was not calibrated: ${reason}`)
  return [
    '## Calibration',
    'On validation, out of fold; applied only where it helps.',
    table(['task', 'temperature', 'class biases', 'ECE', 'log loss', 'macro-F1'], rows),
    ...left,
  ]
}

const between = ({ estimate, low, high }: Interval) =>
  `${estimate.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)})`

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(plain).join(' | ')} |`
  return [line(head), `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line)].join('\n')
}

/** Names come from data: nothing of them may become Markdown or HTML. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_|[\]#<>]/g, (sign) => (sign === '<' ? '&lt;' : `\\${sign}`))
}
