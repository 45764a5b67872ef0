import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'
import { interruptible } from '../interrupt.ts'

export default class ScheduleRun extends BaseCommand {
  static override summary = 'Stay in the foreground and fire the schedules of this folder: for containers.'
  static override description =
    `Needs nothing of the machine. What was missed or broken off before is dealt with first. SIGTERM or
Ctrl-C stops running sweeps gracefully and ends it with exit code 0; the next start goes on with them.`
  static override examples = ['<%= config.bin %> schedule run', '<%= config.bin %> schedule run nightly']

  // More than one name, and each is told when it is not there.
  static override strict = false
  static override args = { names: Args.string({ description: 'Schedules to fire; otherwise all, also later ones.' }) }

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(ScheduleRun)
    const workspace = this.workspace(flags.folder)
    const [{ runSchedules }, { firingLine, nextLine }] = await Promise.all([
      import('../../app/schedule/run.ts'),
      import('../text/schedule-text.ts'),
    ])
    const interrupt = interruptible({
      first: () => this.say('Stopping: sweeps that run are ended gracefully. Once more kills their trials.'),
      second: () => this.say('Killing what still runs.'),
    })
    let fired = 0
    try {
      await runSchedules({
        workspace,
        names: argv.map(String),
        signal: interrupt.signal,
        killSignal: interrupt.killSignal,
        onNext: (next) => this.say(nextLine(next, Date.now())),
        onChange: (name, firing) => {
          if (firing.endedAt !== undefined) fired++
          this.say(`${name}: ${firingLine(firing, this.talkStyle)}`)
        },
        onProblem: (name, message) => this.say(`${name}: ${this.talkStyle.red(message)}`),
      })
    } finally {
      interrupt.dispose()
    }
    this.answer({ fired }, () => [])
  }
}
