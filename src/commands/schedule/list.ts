import { Args, Flags } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'

export default class ScheduleList extends BaseCommand {
  static override summary =
    'Schedules of this folder: when they are due next, what wakes them, what the last nights gave.'
  static override examples = [
    '<%= config.bin %> schedule list',
    '<%= config.bin %> schedule list nightly --last 30',
    '<%= config.bin %> schedule list --json',
  ]

  static override args = { name: Args.string({ description: 'One schedule; otherwise all.' }) }

  static override flags = {
    last: Flags.integer({
      summary: 'Results of each, at most; the last 60 are kept.',
      env: 'SWEEP_LAST',
      helpValue: 'N',
      default: 3,
      min: 0,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleList)
    const workspace = this.workspace(flags.folder)
    const [{ listSchedules }, { listedLines }] = await Promise.all([
      import('../../app/schedule/list.ts'),
      import('../text/schedule-text.ts'),
    ])
    const now = Date.now()
    const name = args.name === undefined ? {} : { name: args.name }
    const schedules = await listSchedules({ workspace, last: flags.last, now, ...name })
    this.answer({ schedules }, () =>
      schedules.length === 0
        ? [`There is no schedule in ${workspace.folder} yet. Add one: sweep schedule add NAME --at "0 2 * * *"`]
        : schedules.flatMap((schedule) => listedLines(schedule, { now, style: this.style })),
    )
  }
}
