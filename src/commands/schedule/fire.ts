import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { interruptible } from '../interrupt.ts'

export default class ScheduleFire extends BaseCommand {
  static override summary = "What the machine's timer calls: do what is due of a schedule, if anything is."
  static override description =
    `Right at any time and any number of times: each scheduled time counts once. Says nothing when nothing is
due. Exit code: that of the sweep when it failed, otherwise 0.`
  static override examples = ['<%= config.bin %> schedule fire nightly']
  // For timers, not for people.
  static override hidden = true

  static override args = { name: Args.string({ description: 'Of the schedule.', required: true }) }

  static override flags = {
    detach: Flags.boolean({
      summary: 'Leave it to a process of its own and come back at once.',
      env: 'SWEEP_DETACH',
      default: false,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleFire)
    const workspace = this.workspace(flags.folder)
    const { fireSchedule, fireDetached } = await import('../../app/schedule/fire.ts')
    if (flags.detach) {
      fireDetached(workspace, args.name)
      return this.answer({}, () => [])
    }
    // A timer's service says SIGTERM at a shutdown, and so does a firing that replaces this one.
    const interrupt = interruptible({ first: () => undefined, second: () => undefined })
    try {
      const { signal, killSignal } = interrupt
      const firing = await fireSchedule({ workspace, name: args.name, signal, killSignal })
      this.answer({ firing }, () => [])
      if (firing?.outcome === 'failed') process.exitCode = firing.exitCode ?? 1
    } finally {
      interrupt.dispose()
    }
  }
}
