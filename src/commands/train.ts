import { Flags } from '@oclif/core'
import type { SweepOutcome } from '../app/start.ts'
import type { Workspace } from '../app/workspace.ts'
import { allowance, everyValue, gpusFlag, slotsFlag } from './flags.ts'
import { LoopCommand } from './loop-command.ts'
import { shortfall } from './outcome.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Train extends LoopCommand {
  static override summary = 'Train one text classifier by hand: one configuration, one seed.'
  static override description =
    `The same parameters as in a sweep file, and the same place for the result: a sweep of one trial in runs/,
for show, logs, report and predict.

Exit code: 0 done, 2 the input is to be changed, 3 the machine is, 4 the trial failed, 130 stopped.`
  static override examples = [
    '<%= config.bin %> train --data quickstart --set gamma=2 --seed 3',
    '<%= config.bin %> train --data reviews.csv --text body --task tone=sentiment --task shop --preset run-2',
    '<%= config.bin %> train --sweep gamma-grid --set gamma=1.5 --set boost.yelp=2',
  ]

  static override flags = {
    data: Flags.string({
      summary: 'CSV, TSV or JSONL file, or quickstart; otherwise the data of --sweep.',
      env: 'SWEEP_DATA',
      helpValue: 'FILE',
    }),
    text: Flags.string({
      summary: 'Column with the text; otherwise text.',
      env: 'SWEEP_TEXT',
      helpValue: 'COLUMN',
    }),
    id: Flags.string({
      summary: 'Column with unique ids; otherwise the number of the row.',
      env: 'SWEEP_ID_COLUMN',
      helpValue: 'COLUMN',
    }),
    task: Flags.string({
      summary: 'A task and the column of its labels; may be given several times.',
      env: 'SWEEP_TASK',
      helpValue: 'NAME=COLUMN',
      multiple: true,
      multipleNonGreedy: true,
    }),
    split: Flags.string({
      summary: 'Column that says train, val or test; otherwise drawn.',
      env: 'SWEEP_SPLIT',
      helpValue: 'COLUMN',
    }),
    set: Flags.string({
      summary: 'A parameter of the text classifier; may be given several times.',
      env: 'SWEEP_TRAIN_SET',
      helpValue: 'key=value',
      multiple: true,
      multipleNonGreedy: true,
    }),
    preset: Flags.string({
      summary: 'Named starting point: none, run-1 or run-2.',
      env: 'SWEEP_PRESET',
      helpValue: 'NAME',
    }),
    seed: Flags.integer({ summary: 'Seed of all randomness.', env: 'SWEEP_TRAIN_SEED', default: 1, helpValue: 'N' }),
    sweep: Flags.string({
      summary: 'Sweep file whose fixed params, metric and resources are taken.',
      env: 'SWEEP_LIKE',
      helpValue: 'NAME',
    }),
    name: Flags.string({
      summary: 'What the id of the result begins with.',
      env: 'SWEEP_NAME',
      default: 'train',
      helpValue: 'NAME',
    }),
    gpus: gpusFlag,
    slots: slotsFlag,
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(Train)
    const workspace = this.workspace(flags.folder)
    const { data, text, id, split, preset, sweep } = flags
    const [{ trainOnce }, { runWithView }, { trialLog }] = await Promise.all([
      import('../app/train.ts'),
      import('./run-sweep.ts'),
      import('./live/trial-log.ts'),
    ])
    const view = trialLog(this.talkStyle)
    const outcome = await runWithView({ live: false, style: this.talkStyle, view }, (loop, tell) =>
      trainOnce({
        workspace,
        name: flags.name,
        tasks: everyValue(flags.task),
        set: everyValue(flags.set),
        seed: flags.seed,
        ...(data === undefined ? {} : { data }),
        ...(text === undefined ? {} : { text }),
        ...(id === undefined ? {} : { idColumn: id }),
        ...(split === undefined ? {} : { split }),
        ...(preset === undefined ? {} : { preset }),
        ...(sweep === undefined ? {} : { sweep }),
        ...loop,
        ...allowance(flags),
        onStarted: (started) => {
          tell.named(started.id)
          view.follow(started.sweepDir)
          tell.say(`${started.id} starts.`)
          for (const note of started.notes) tell.say(`note: ${note}`)
        },
      }),
    )
    await this.#concludeTrial(workspace, outcome)
  }

  async #concludeTrial(workspace: Workspace, { id, snapshot, interrupted }: SweepOutcome): Promise<void> {
    const [{ concludeSweep }, { trialDetails }, { trialLines }] = await Promise.all([
      import('../app/conclude.ts'),
      import('../app/show.ts'),
      import('./text/trial-text.ts'),
    ])
    const fallenShort = shortfall(snapshot, interrupted)
    const { report, notes } = await concludeSweep({ workspace, id, short: interrupted })
    for (const note of notes) this.say(note)
    const details = trialDetails({ workspace, id, trial: 0 })
    const error = fallenShort === undefined ? undefined : this.errorObject(fallenShort)
    this.answer({ ...details, report, error }, () => [
      ...trialLines(details, this.style),
      ...(report === undefined ? [] : [`Report: ${report}`]),
      ...(fallenShort === undefined ? [`  ${commandLine('sweep', 'predict', `${id}/0`)} FILE`] : []),
    ])
    if (fallenShort !== undefined) throw fallenShort
  }
}
