import { Flags } from '@oclif/core'
import { allowance, detachFlag, everyValue, gpusFlag, idArgument, liveFlag, slotsFlag } from './flags.ts'
import { LoopCommand } from './loop-command.ts'

export default class Resume extends LoopCommand {
  static override summary = 'Go on with a sweep that was stopped, or whose machine or process died.'
  static override description = `Nothing is run twice: trials that still run are taken over, those that ended meanwhile
are counted, and an interrupted trial goes on from its checkpoint where its trainer wrote one.`
  static override examples = ['<%= config.bin %> resume', '<%= config.bin %> resume gamma-grid.3 --retry failed']

  static override args = { id: idArgument }

  static override flags = {
    retry: Flags.option({
      summary: 'Give trials of this state another attempt.',
      env: 'SWEEP_RETRY',
      options: ['failed', 'cancelled'] as const,
      multiple: true,
      multipleNonGreedy: true,
    })(),
    detach: detachFlag,
    gpus: gpusFlag,
    slots: slotsFlag,
    live: liveFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume)
    const workspace = this.workspace(flags.folder)
    if (flags.detach) return this.detach(workspace)
    const [{ resumeSweep }, { resolveSweepId }, { runWithView }] = await Promise.all([
      import('../app/resume.ts'),
      import('../app/workspace.ts'),
      import('./run-sweep.ts'),
    ])
    const id = resolveSweepId(workspace, args.id)
    const outcome = await runWithView({ live: flags.live, style: this.talkStyle }, (loop, tell) => {
      tell.named(id)
      return resumeSweep({
        workspace,
        id,
        ...loop,
        ...allowance(flags),
        retry: everyValue(flags.retry),
        onResumed: (notes) => {
          for (const { level, text } of notes) tell.say(`${level === 'info' ? 'note' : level}: ${text}`)
        },
      })
    })
    await this.conclude(workspace, outcome)
  }
}
