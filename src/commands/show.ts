import { Args } from '@oclif/core'
import { BaseCommand } from './base-command.ts'
import { trialArgument } from './flags.ts'

export default class Show extends BaseCommand {
  static override summary = 'Everything about one trial: parameters, seed, attempts, curve, metrics, files.'
  static override examples = ['<%= config.bin %> show gamma-grid.3 17']

  static override args = {
    id: Args.string({ description: 'Sweep, such as gamma-grid.3; a name means its latest start.', required: true }),
    trial: trialArgument,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Show)
    const [{ trialDetails }, { trialLines }] = await Promise.all([
      import('../app/show.ts'),
      import('./text/trial-text.ts'),
    ])
    const details = trialDetails({ workspace: this.workspace(flags.folder), id: args.id, trial: args.trial })
    this.answer(details, () => trialLines(details, this.style))
  }
}
