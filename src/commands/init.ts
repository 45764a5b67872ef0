import { BaseCommand } from './base-command.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Init extends BaseCommand {
  static override summary = 'Make sweeps/, search-spaces/ and a first sweep that runs, in this folder.'
  static override description = 'Never overwrites: what exists already stays as it is.'
  static override examples = ['<%= config.bin %> init']

  async run(): Promise<void> {
    const { flags } = await this.parse(Init)
    const workspace = this.workspace(flags.folder)
    const { initWorkspace } = await import('../app/init.ts')
    const { created, kept, sweep } = initWorkspace(workspace)
    const next = commandLine('sweep', 'start', sweep)
    this.answer({ created, kept, sweep, next }, () => [
      ...created.map((path) => `${this.style.green('made')}  ${path}`),
      ...kept.map((path) => `kept  ${path}`),
      `Next: ${next}`,
    ])
  }
}
