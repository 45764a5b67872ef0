import type { SweepOutcome } from '../app/start.ts'
import type { Workspace } from '../app/workspace.ts'
import { BaseCommand } from './base-command.ts'
import { shortfall } from './outcome.ts'
import { goesOnText } from './text/goes-on-text.ts'
import { commandLine } from './text/shell-quote.ts'

/** What `start` and `resume` have in common: how a sweep is concluded, and how one is left to run alone. */
export abstract class LoopCommand extends BaseCommand {
  /** Report, ensemble and ranking; the error that gives the exit code when the sweep fell short. */
  protected async conclude(workspace: Workspace, outcome: SweepOutcome): Promise<void> {
    const { id, snapshot, state, interrupted, since } = outcome
    const [{ concludeSweep }, { resultLines }, { sentenceOf }] = await Promise.all([
      import('../app/conclude.ts'),
      import('./text/result-text.ts'),
      import('./text/ensemble-text.ts'),
    ])
    const fallenShort = shortfall(snapshot, interrupted)
    const { result, report, ensemble, notes } = await concludeSweep({ workspace, id, short: interrupted, since })
    for (const note of notes) this.say(note)
    const error = fallenShort === undefined ? undefined : this.errorObject(fallenShort)
    this.answer({ id, state, interrupted, ...result, report, ensemble, notes, error }, () => [
      ...resultLines(result, this.style),
      ...(ensemble === undefined ? [] : [sentenceOf(ensemble.ensemble)]),
      ...(report === undefined ? [] : [`Report: ${report}`]),
      ...(state === 'stopped' && error === undefined
        ? [`${snapshot.stateReason ?? 'It was stopped.'} ${goesOnText(snapshot)}`]
        : []),
    ])
    if (fallenShort !== undefined) throw fallenShort
  }

  /** Starts this very command again in the background, where the terminal cannot end it. */
  protected async detach(workspace: Workspace, known?: string): Promise<void> {
    const { startDetached } = await import('../app/detach.ts')
    // --no-detach also undoes SWEEP_DETACH, which the child inherits.
    const argv = [this.id ?? '', '--no-detach', ...this.argv.filter((argument) => argument !== '--detach')]
    const { id, pid, log, ended } = await startDetached({
      workspace,
      argv,
      ...(known === undefined ? {} : { id: known }),
    })
    if (ended)
      return this.answer({ id, pid, log, ended }, () => [`${id} has ended already; what it said is in ${log}.`])
    this.answer({ id, pid, log, ended }, () => [
      `${id} runs in the background as process ${pid}; it prints to ${log}.`,
      `  ${commandLine('sweep', 'status', id, '--watch')}`,
      `  ${commandLine('sweep', 'stop', id)}`,
    ])
  }
}
