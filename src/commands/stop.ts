import { Flags } from '@oclif/core'
import type { Workspace } from '../app/workspace.ts'
import { counted, duration } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Stop extends BaseCommand {
  static override summary = 'Stop a running sweep, or one of its trials; "sweep resume" goes on from there.'
  static override description =
    `Running trials are asked to end (SIGTERM) and killed when their grace period is over. If the
process of the sweep has died, the trials that it left running are ended.`
  static override examples = [
    '<%= config.bin %> stop',
    '<%= config.bin %> stop gamma-grid.3 --now',
    '<%= config.bin %> stop gamma-grid.3 --trial 17',
  ]

  static override args = { id: idArgument }

  static override flags = {
    now: Flags.boolean({ summary: 'Kill running trials at once.', env: 'SWEEP_NOW', default: false }),
    trial: Flags.string({
      summary: 'End only this trial, for good; the sweep goes on. May be given several times.',
      helpValue: 'N',
      multiple: true,
      multipleNonGreedy: true,
      exclusive: ['now'],
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Stop)
    const workspace = this.workspace(flags.folder)
    if (flags.trial !== undefined) return this.#trials(args.id, flags.trial, workspace)
    const { stopSweep } = await import('../app/stop.ts')
    const { id, result, message } = await stopSweep({
      workspace,
      now: flags.now,
      ...(args.id === undefined ? {} : { id: args.id }),
      onWaiting: ({ running, waitedMs }) =>
        this.say(`Waiting for ${counted(running, 'running trial')} to end (${duration(waitedMs)}).`),
    })
    this.answer({ id, result, message }, () => [
      message,
      ...(result === 'stopped' ? [`  ${commandLine('sweep', 'resume', id)}`] : []),
    ])
  }

  async #trials(id: string | undefined, words: readonly string[], workspace: Workspace): Promise<void> {
    const [{ stopTrials }, { trialsOfWords }] = await Promise.all([
      import('../app/stop-trials.ts'),
      import('../app/trial-words.ts'),
    ])
    const answer = await stopTrials({
      workspace,
      trials: trialsOfWords('--trial', words),
      ...(id === undefined ? {} : { id }),
      onWaiting: ({ waitedMs }) => this.say(`Waiting for the end of its process (${duration(waitedMs)}).`),
    })
    this.answer(answer, () => [answer.message])
  }
}
