import { BaseCommand } from './base-command.ts'
import { idArgument } from './flags.ts'

export default class Replay extends BaseCommand {
  static override summary = 'Make every decision of a sweep again from its journal, and say what would be otherwise.'
  static override description =
    `Suggestions, choices of seeds, eliminations, verdicts and promotions depend on nothing but
the sweep's seed and the lines of its journal, so that this release must come to the same. Reads only.

Exit code: 0 all the same, 1 this release would decide otherwise somewhere.`
  static override examples = ['<%= config.bin %> replay', '<%= config.bin %> replay gamma-grid.3 --json']

  static override args = { id: idArgument }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Replay)
    const workspace = this.workspace(flags.folder)
    const [{ replaySweep }, { replayLines }] = await Promise.all([
      import('../app/replay.ts'),
      import('./text/replay-text.ts'),
    ])
    const replay = replaySweep(workspace, args.id)
    this.answer(replay, () => replayLines(replay, this.style))
    if (!replay.same) process.exitCode = 1
  }
}
