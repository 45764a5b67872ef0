import { Flags } from '@oclif/core'
import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'

export default class Ensemble extends BaseCommand {
  static override summary = 'Put the best trials of a sweep together, calibrate and judge the result.'
  static override description =
    `Trials are chosen by validation only. Every method is judged by cross-validation against
the best and the mean single trial; test is shown once. Writes ensemble.json and the report.`
  static override examples = ['<%= config.bin %> ensemble', '<%= config.bin %> ensemble gamma-grid.3 --top 5']

  static override args = { id: idArgument }

  static override flags = {
    top: Flags.integer({
      summary: 'Members at most; otherwise what the sweep file says.',
      env: 'SWEEP_TOP',
      helpValue: 'N',
      min: 2,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Ensemble)
    const workspace = this.workspace(flags.folder)
    const [{ ensembleSweep }, { reportSweep }, { resolveSweepId }, { ensembleLines }] = await Promise.all([
      import('../app/ensemble.ts'),
      import('../app/report.ts'),
      import('../app/workspace.ts'),
      import('./text/ensemble-text.ts'),
    ])
    const id = resolveSweepId(workspace, args.id)
    const built = await ensembleSweep({ workspace, id, ...(flags.top === undefined ? {} : { top: flags.top }) })
    const { files } = await reportSweep({ workspace, id })
    for (const note of built.notes) this.say(note)
    this.answer({ ...built, report: files[0] }, () => [
      ...ensembleLines(built, this.style),
      `Written: ${built.path}`,
      `Report: ${files[0]}`,
    ])
  }
}
