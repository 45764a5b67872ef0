import { Flags } from '@oclif/core'
import { counted, duration } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Stop extends BaseCommand {
  static override summary = 'Stop a running sweep; "sweep resume" goes on from there.'
  static override description = 'Running trials are asked to end (SIGTERM) and killed when their grace period is over.'
  static override examples = ['<%= config.bin %> stop', '<%= config.bin %> stop gamma-grid.3 --now']

  static override args = { id: idArgument }

  static override flags = {
    now: Flags.boolean({ summary: 'Kill running trials at once.', env: 'SWEEP_NOW', default: false }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Stop)
    const workspace = this.workspace(flags.folder)
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
}
