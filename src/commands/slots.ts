import { Args, Flags } from '@oclif/core'
import { counted, duration } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'

export default class Slots extends BaseCommand {
  static override summary = 'Change how many trials of a running sweep run at a time.'
  static override description =
    `More slots are taken as they become free. With fewer, the trials above that number run to
their end and nothing new is started in their place.`
  static override examples = ['<%= config.bin %> slots gamma-grid.3 2', '<%= config.bin %> slots gamma-grid.3 1 --now']

  static override args = {
    id: Args.string({ description: 'Sweep, such as gamma-grid.3; a name means its latest start.', required: true }),
    slots: Args.integer({ description: 'Trials at a time.', required: true, min: 1, max: 100_000 }),
  }

  static override flags = {
    now: Flags.boolean({
      summary: 'Ask the trials above that number to end; they go on from their checkpoint later.',
      env: 'SWEEP_NOW',
      default: false,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Slots)
    const workspace = this.workspace(flags.folder)
    const { changeSlots } = await import('../app/change-slots.ts')
    const answer = await changeSlots({
      workspace,
      id: args.id,
      slots: args.slots,
      now: flags.now,
      onWaiting: ({ running, waitedMs }) =>
        this.say(`Waiting for the sweep's process; ${counted(running, 'trial')} run (${duration(waitedMs)}).`),
    })
    this.answer(answer, () => [answer.message])
  }
}
