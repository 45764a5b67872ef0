import { counted, duration } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Pause extends BaseCommand {
  static override summary = 'Pause a running sweep and give its GPUs back; "sweep resume" goes on from there.'
  static override description = `Running trials are asked to end (SIGTERM) and go on from their checkpoint later. The
process of the sweep stays and waits; it costs nothing.`
  static override examples = ['<%= config.bin %> pause', '<%= config.bin %> pause gamma-grid.3']

  static override args = { id: idArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Pause)
    const workspace = this.workspace(flags.folder)
    const { pauseSweep } = await import('../app/pause.ts')
    const answer = await pauseSweep({
      workspace,
      ...(args.id === undefined ? {} : { id: args.id }),
      onWaiting: ({ running, waitedMs }) =>
        this.say(`Waiting for ${counted(running, 'running trial')} to end (${duration(waitedMs)}).`),
    })
    this.answer(answer, () => [
      answer.message,
      ...(answer.result === 'paused' ? [`  ${commandLine('sweep', 'resume', answer.id)}`] : []),
    ])
  }
}
