import { Args } from '@oclif/core'
import { BaseCommand } from '../base-command.ts'

export default class ScheduleRemove extends BaseCommand {
  static override summary = 'Take a schedule away; its sweeps, results and logs stay.'
  static override description = 'A sweep of it that runs goes on: "sweep stop" ends it.'
  static override examples = ['<%= config.bin %> schedule remove nightly']

  static override args = { name: Args.string({ description: 'Of the schedule.', required: true }) }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleRemove)
    const { removeSchedule } = await import('../../app/schedule/remove.ts')
    const removed = await removeSchedule(this.workspace(flags.folder), args.name)
    const { name, uninstalled, kept, running } = removed
    this.answer(removed, () => [
      `${name} is removed${uninstalled.length === 0 ? '' : `, also from ${uninstalled.join(' and ')}`}.`,
      ...(kept === undefined ? [] : [`Its results and logs stay in ${kept}.`]),
      ...(running ? ['A sweep of it still runs and goes on: sweep stop ends it.'] : []),
    ])
  }
}
