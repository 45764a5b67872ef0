import { Args, Flags } from '@oclif/core'
import { EnvironmentError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import { BaseCommand } from '../base-command.ts'

export default class NotifyTest extends BaseCommand {
  static override summary = 'Send a test message to everybody whom a sweep file names under notify.'
  static override description =
    'Secrets come from the environment, so run it in the one that the sweep will have. Exit code 3 when a message did not arrive.'
  static override examples = [
    '<%= config.bin %> notify test gamma-grid',
    '<%= config.bin %> notify test gamma-grid --to ntfy',
  ]

  static override args = {
    sweep: Args.string({ description: 'Name of a sweep file in sweeps/, or a path.', required: true }),
  }

  static override flags = {
    to: Flags.string({ summary: 'Only receivers of this kind.', env: 'SWEEP_TO', helpValue: 'webhook' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(NotifyTest)
    const { testNotices } = await import('../../app/notices/test-notices.ts')
    const only = flags.to === undefined ? {} : { only: flags.to }
    const workspace = this.workspace(flags.folder)
    const deliveries = await testNotices({ workspace, sweep: args.sweep, ...only })
    this.answer({ deliveries }, () =>
      deliveries.map(({ to, delivered, problem }) => (delivered ? `sent    ${to}` : `FAILED  ${to}: ${problem}`)),
    )
    const failed = deliveries.filter(({ delivered }) => !delivered)
    if (failed.length === 0) return
    throw new EnvironmentError(`${counted(failed.length, 'message')} of ${deliveries.length} did not arrive.`, {
      code: 'NOTIFY_FAILED',
    })
  }
}
