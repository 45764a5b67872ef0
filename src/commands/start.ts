import { Args } from '@oclif/core'
import {
  allowance,
  detachFlag,
  everyValue,
  gpusFlag,
  liveFlag,
  reuseFlag,
  setFlag,
  slotsFlag,
  untilFlag,
} from './flags.ts'
import { LoopCommand } from './loop-command.ts'

export default class Start extends LoopCommand {
  static override summary = 'Run a sweep file: all its trials, then the ranking, the report and the ensemble.'
  static override description = `Trials run on the GPUs of this machine, or on its cores when there are none. The first
Ctrl-C stops gracefully and "sweep resume" goes on from there; the second kills.

Exit code: 0 done, 2 the input is to be changed, 3 the machine is, 4 no trial completed or too many failed, 130 stopped.`
  static override examples = [
    '<%= config.bin %> start gamma-grid',
    '<%= config.bin %> start gamma-grid --gpus 0,1 --set params.epochs=6',
    '<%= config.bin %> start gamma-grid --detach --until 07:00',
  ]

  static override args = {
    name: Args.string({ description: 'Sweep file: its name in sweeps/, or a path.', required: true }),
  }

  static override flags = {
    detach: detachFlag,
    gpus: gpusFlag,
    slots: slotsFlag,
    set: setFlag,
    until: untilFlag,
    reuse: reuseFlag,
    live: liveFlag,
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Start)
    const workspace = this.workspace(flags.folder)
    if (flags.detach) return this.detach(workspace)
    const [{ startSweep }, { untilTime }, { runWithView }, { estimateSentence }] = await Promise.all([
      import('../app/start.ts'),
      import('../app/until.ts'),
      import('./run-sweep.ts'),
      import('./text/estimate-text.ts'),
    ])
    const until = flags.until === undefined ? {} : { until: untilTime(flags.until, Date.now()) }
    const outcome = await runWithView({ live: flags.live, style: this.talkStyle }, (loop, tell) =>
      startSweep({
        workspace,
        sweep: args.name,
        overrides: [...everyValue(flags.set), ...(flags.reuse ? [] : ['reuse=false'])],
        ...loop,
        ...allowance(flags),
        ...until,
        onStarted: ({ id, notes, estimate, search }) => {
          tell.named(id)
          tell.say(`${id} starts: ${estimateSentence(estimate)}`)
          if (search !== undefined) tell.say(search)
          for (const note of notes) tell.say(`note: ${note}`)
        },
      }),
    )
    await this.conclude(workspace, outcome)
  }
}
