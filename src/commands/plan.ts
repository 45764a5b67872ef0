import { Args } from '@oclif/core'
import { BaseCommand } from './base-command.ts'
import { allowance, everyValue, gpusFlag, setFlag, slotsFlag, untilFlag } from './flags.ts'

export default class Plan extends BaseCommand {
  static override summary = 'Say what a start would run, what is answered already and how long it may take.'
  static override description = 'Checks the sweep file as a start would, and spends nothing.'
  static override examples = [
    '<%= config.bin %> plan gamma-grid',
    '<%= config.bin %> plan gamma-grid --set params.epochs=6 --until 07:00',
  ]

  static override args = {
    name: Args.string({ description: 'Sweep file: its name in sweeps/, or a path.', required: true }),
  }

  static override flags = { gpus: gpusFlag, slots: slotsFlag, set: setFlag, until: untilFlag }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Plan)
    const [{ planSweep }, { planLines }, { untilTime }] = await Promise.all([
      import('../app/plan.ts'),
      import('./text/plan-text.ts'),
      import('../app/until.ts'),
    ])
    const plan = await planSweep({
      workspace: this.workspace(flags.folder),
      sweep: args.name,
      overrides: everyValue(flags.set),
      ...allowance(flags),
      ...(flags.until === undefined ? {} : { until: untilTime(flags.until, Date.now()) }),
    })
    this.answer(plan, () => planLines(plan, this.style))
  }
}
