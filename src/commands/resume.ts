import { Flags } from '@oclif/core'
import type { ResumeOptions } from '../app/resume.ts'
import type { Workspace } from '../app/workspace.ts'
import { duration } from '../base/human-readable.ts'
import { allowance, detachFlag, everyValue, gpusFlag, idArgument, liveFlag, slotsFlag, untilFlag } from './flags.ts'
import { LoopCommand } from './loop-command.ts'

export default class Resume extends LoopCommand {
  static override summary = 'Go on with a sweep that was paused or stopped, or whose machine or process died.'
  static override description = `Nothing is run twice: trials that still run are taken over, those that ended meanwhile
are counted, and an interrupted trial goes on from its checkpoint where its trainer wrote one.`
  static override examples = [
    '<%= config.bin %> resume',
    '<%= config.bin %> resume gamma-grid.3 --retry failed --skip 4',
    '<%= config.bin %> resume gamma-grid.3 --budget wall_time=12h --until 07:00',
  ]

  static override args = { id: idArgument }

  static override flags = {
    retry: Flags.string({
      summary: 'Give all failed or cancelled trials another attempt, or those with these numbers.',
      env: 'SWEEP_RETRY',
      helpValue: 'failed|cancelled|N',
      multiple: true,
      multipleNonGreedy: true,
    }),
    skip: Flags.string({
      summary: 'Put these trials away as cancelled; may be given several times.',
      env: 'SWEEP_SKIP',
      helpValue: 'N',
      multiple: true,
      multipleNonGreedy: true,
    }),
    until: untilFlag,
    budget: Flags.string({
      summary: 'Change what it may use in all: trials=N, gpu_hours=N or wall_time=8h.',
      env: 'SWEEP_BUDGET',
      helpValue: 'trials=200',
      multiple: true,
      multipleNonGreedy: true,
    }),
    detach: detachFlag,
    gpus: gpusFlag,
    slots: slotsFlag,
    live: liveFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Resume)
    const workspace = this.workspace(flags.folder)
    const { resolveSweepId } = await import('../app/workspace.ts')
    const id = resolveSweepId(workspace, args.id)
    const change = { ...(await changeFrom(flags)), ...allowance(flags) }
    if (await this.#lives(workspace, id, change)) return
    if (flags.detach) return this.detach(workspace, id)
    const [{ resumeSweep }, { runWithView }] = await Promise.all([import('../app/resume.ts'), import('./run-sweep.ts')])
    const outcome = await runWithView({ live: flags.live, style: this.talkStyle }, (loop, tell) => {
      tell.named(id)
      return resumeSweep({
        workspace,
        id,
        ...loop,
        ...change,
        onResumed: (notes) => {
          for (const { level, text } of notes) tell.say(`${level === 'info' ? 'note' : level}: ${text}`)
        },
      })
    })
    await this.conclude(workspace, outcome)
  }

  /** A paused sweep whose process lives goes on there. @returns whether that was all */
  async #lives(workspace: Workspace, id: string, change: Change & ReturnType<typeof allowance>): Promise<boolean> {
    const { resumeLiving } = await import('../app/resume-living.ts')
    const answer = await resumeLiving({
      workspace,
      id,
      ...change,
      onWaiting: ({ waitedMs }) => this.say(`Waiting for the process of ${id} (${duration(waitedMs)}).`),
    })
    if (answer !== undefined) this.answer(answer, () => [answer.message])
    return answer !== undefined
  }
}

type Change = Pick<ResumeOptions, 'retry' | 'skip' | 'until' | 'budget'>

/** What the flags say is to be changed. @throws {UserError} */
async function changeFrom(flags: {
  readonly retry?: readonly string[] | undefined
  readonly skip?: readonly string[] | undefined
  readonly budget?: readonly string[] | undefined
  readonly until?: string | undefined
}): Promise<Change> {
  const [{ budgetOf }, { trialsOfWords, retriedOf }, { untilTime }] = await Promise.all([
    import('../app/budget-words.ts'),
    import('../app/trial-words.ts'),
    import('../app/until.ts'),
  ])
  const budget = budgetOf(everyValue(flags.budget))
  const until = flags.until === 'none' ? null : flags.until
  return {
    retry: retriedOf(everyValue(flags.retry)),
    skip: trialsOfWords('--skip', everyValue(flags.skip)),
    ...(budget === undefined ? {} : { budget }),
    ...(until === undefined ? {} : { until: until === null ? null : untilTime(until, Date.now()) }),
  }
}
