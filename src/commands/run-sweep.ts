import type { LoopOptions, SweepOutcome } from '../app/loop-options.ts'
import { interruptible } from './interrupt.ts'
import { openView } from './live/open-view.ts'
import type { SweepView } from './live/sweep-view.ts'
import { commandLine } from './text/shell-quote.ts'
import type { Style } from './text/style.ts'

export interface RunOptions {
  readonly live: boolean
  /** Instead of the one that fits where stderr goes. */
  readonly view?: SweepView
  /** For stderr. */
  readonly style: Style
}

/** What the use case is handed; `say` prints a line that stays above the live view, `named` tells the sweep's id. */
export type LoopRun = (
  options: Pick<LoopOptions, 'observer' | 'signal' | 'killSignal' | 'onPreparing'>,
  tell: { say(line: string): void; named(id: string): void },
) => Promise<SweepOutcome>

/** Runs the loop of `start` or `resume` with a view on stderr and the two-stage Ctrl-C. */
export async function runWithView(options: RunOptions, run: LoopRun): Promise<SweepOutcome> {
  // A terminal that was closed refuses what is written to it; the sweep is stopped by its SIGHUP, not by that.
  process.stderr.on('error', () => undefined)
  const view = options.view ?? openView(options)
  let goOn = 'sweep resume'
  const interrupt = interruptible({
    first: () => view.say(`Stopping: running trials are ended. "${goOn}" goes on from here. Ctrl-C again kills.`),
    second: () => view.say('Killing what still runs.'),
  })
  const named = (id: string) => {
    goOn = commandLine('sweep', 'resume', id)
  }
  try {
    const { signal, killSignal } = interrupt
    const onPreparing = (line: string) => view.say(line)
    return await run({ observer: view, signal, killSignal, onPreparing }, { say: (line) => view.say(line), named })
  } finally {
    // The terminal is given back before anything else is printed, also when the loop threw.
    view.close()
    interrupt.dispose()
  }
}
