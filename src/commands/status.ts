import { Args, Flags } from '@oclif/core'
import type { Workspace } from '../app/workspace.ts'
import { BaseCommand } from './base-command.ts'

export default class Status extends BaseCommand {
  static override summary = 'All sweeps, or one with its ranking, its running trials and the time that is left.'
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status gamma-grid',
    '<%= config.bin %> status gamma-grid.3 --watch',
  ]

  static override args = {
    id: Args.string({
      description:
        'Sweep, such as gamma-grid.3; a name means its latest start. Without it all sweeps; with --watch the latest.',
    }),
  }

  static override flags = {
    watch: Flags.boolean({
      char: 'w',
      summary: 'Show it again whenever it changes, until the sweep ends.',
      env: 'SWEEP_WATCH',
      default: false,
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Status)
    const workspace = this.workspace(flags.folder)
    if (flags.watch) return this.#watch(workspace, args.id)
    if (args.id !== undefined) return this.#one(workspace, args.id)
    const [{ allSweeps }, { listLines }] = await Promise.all([
      import('../app/status.ts'),
      import('./text/status-text.ts'),
    ])
    const { sweeps, unreadable } = allSweeps(workspace)
    this.answer({ sweeps, unreadable }, () =>
      sweeps.length + unreadable.length === 0
        ? [`There is no sweep in ${workspace.runsDir} yet. Start one: sweep start NAME`]
        : listLines(sweeps, unreadable, this.style),
    )
  }

  async #one(workspace: Workspace, id: string): Promise<void> {
    const [{ sweepStatus }, { statusLines }] = await Promise.all([
      import('../app/status.ts'),
      import('./text/status-text.ts'),
    ])
    const status = await sweepStatus({ workspace, id })
    // Simulated from the whole journal, so only for programs, and not at every change.
    const known = this.json ? (await import('../app/knowledge.ts')).knowledgeOf(workspace, id) : {}
    this.answer({ ...status, ...known }, () => statusLines(status, { now: Date.now(), style: this.style }))
  }

  async #watch(workspace: Workspace, id: string | undefined): Promise<void> {
    const { watchStatus } = await import('./live/watch-status.ts')
    await watchStatus({
      workspace,
      ...(id === undefined ? {} : { id }),
      style: this.style,
      // With --json one object a change, the same as without --watch, one after the other.
      ...(this.json ? { onChange: (status) => this.answer(status, () => []) } : {}),
    })
  }
}
