import { existsSync } from 'node:fs'
import { EnvironmentError } from '../base/errors.ts'
import type { Slot } from '../gpus/slot.ts'
import { slotEnvironment } from '../gpus/slot-environment.ts'
import type { SweepParts } from '../orchestrator/sweep-loop.ts'
import { attemptEnvironment, VARIABLE } from '../protocol/attempt-environment.ts'
import { renderCommand, shownCommand } from '../protocol/command.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { trainerProgram } from './code-version.ts'
import type { Workspace } from './workspace.ts'

/**
 * How the attempts of a sweep are started. A process gets our environment, its slot's, the sweep file's and its own; it
 * is never written down, because it may hold secrets.
 *
 * @throws {EnvironmentError} TRAINER_MISSING when the built-in trainer is not there
 */
export function launcherFor({ trainer }: SweepSpec, { folder }: Pick<Workspace, 'folder'>): SweepParts['launch'] {
  const inherited = inheritedEnvironment()
  switch (trainer.kind) {
    case 'builtin': {
      const program = builtinTrainer()
      const base = environmentOf(inherited, {})
      return (context, _params, slot) => ({
        argv: [process.execPath, ...threadFlags(slot), program],
        cwd: folder,
        sharedEnv: base(slot),
        env: attemptEnvironment(context),
      })
    }
    case 'command': {
      const base = environmentOf(inherited, trainer.env)
      const looksUp = trainer.argv.some((item) => item.includes('${envvar:'))
      return (context, params, slot) => {
        const own = attemptEnvironment(context)
        const sharedEnv = base(slot)
        const env = looksUp ? { ...sharedEnv, ...own } : own
        const paramsFile = own[VARIABLE.params] ?? ''
        const { argv, program, cwd } = trainer
        const parts = { argv, params, paramsFile, env, ...(program === undefined ? {} : { program }) }
        const shown = shownCommand(parts)
        return { argv: renderCommand(parts), cwd, sharedEnv, env: own, ...(shown === undefined ? {} : { shown }) }
      }
    }
    case 'function':
      return (context) => ({ argv: [], cwd: folder, env: attemptEnvironment(context) })
  }
}

/**
 * A slot with one core gets a process with one busy thread: otherwise V8 compiles and collects garbage beside it, a
 * quarter of a short trial's CPU time, on the core of the neighbour. In all it is 4 % less CPU time this way; a trial that
 * is alone on two cores takes a quarter longer.
 */
const threadFlags = ({ cpus }: Slot): string[] => (cpus === 1 ? ['--single-threaded'] : [])

/** What all attempts on a slot have in common, put together once for each slot. */
function environmentOf(
  inherited: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>>,
): (slot: Slot) => Readonly<Record<string, string>> {
  const known = new Map<string, Readonly<Record<string, string>>>()
  return (slot) => {
    const made = known.get(slot.id) ?? { ...inherited, ...slotEnvironment(slot), ...own }
    known.set(slot.id, made)
    return made
  }
}

function inheritedEnvironment(): Record<string, string> {
  const set = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return Object.fromEntries(set)
}

/** The built-in trainer as it was built. @throws {EnvironmentError} TRAINER_MISSING */
export function builtinTrainer(): string {
  const program = trainerProgram()
  if (existsSync(program)) return program
  throw new EnvironmentError(`The built-in trainer was not found at ${program}. Nothing was started.`, {
    code: 'TRAINER_MISSING',
    suggestions: ['npm run build'],
  })
}
