import { Flags } from '@oclif/core'
import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'

export default class Report extends BaseCommand {
  static override summary = 'Write the report of a sweep, finished or not, and say where it is.'
  static override examples = ['<%= config.bin %> report', '<%= config.bin %> report gamma-grid.3 --open']

  static override args = { id: idArgument }

  static override flags = {
    open: Flags.boolean({ summary: 'Open it in the browser, where there is a display.', env: 'SWEEP_OPEN' }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Report)
    const workspace = this.workspace(flags.folder)
    const [{ reportSweep }, { resolveSweepId }] = await Promise.all([
      import('../app/report.ts'),
      import('../app/workspace.ts'),
    ])
    const id = resolveSweepId(workspace, args.id)
    const { files } = await reportSweep({ workspace, id })
    const [html = ''] = files
    if (flags.open) {
      const { openFile } = await import('./open-file.ts')
      if (!(await openFile(html))) this.say('There is no display here, so the report was not opened.')
    }
    this.answer({ id, report: html, files }, () => [`Report: ${html}`])
  }
}
