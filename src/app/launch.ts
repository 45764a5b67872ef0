import { existsSync } from 'node:fs'
import { EnvironmentError } from '../base/errors.ts'
import { slotEnvironment } from '../gpus/slot-environment.ts'
import type { SweepParts } from '../orchestrator/sweep-loop.ts'
import { attemptEnvironment, VARIABLE } from '../protocol/attempt-environment.ts'
import { renderCommand } from '../protocol/command.ts'
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
      const argv = [process.execPath, checkedTrainer()]
      return (context, _params, slot) => {
        const env = { ...inherited, ...slotEnvironment(slot), ...attemptEnvironment(context) }
        return { argv, cwd: folder, env }
      }
    }
    case 'command':
      return (context, params, slot) => {
        const own = attemptEnvironment(context)
        const env = { ...inherited, ...slotEnvironment(slot), ...trainer.env, ...own }
        const paramsFile = own[VARIABLE.params] ?? ''
        const { argv, program, cwd } = trainer
        const parts = { argv, params, paramsFile, env, ...(program === undefined ? {} : { program }) }
        return { argv: renderCommand(parts), cwd, env }
      }
    case 'function':
      return (context) => ({ argv: [], cwd: folder, env: attemptEnvironment(context) })
  }
}

function inheritedEnvironment(): Record<string, string> {
  const set = Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined)
  return Object.fromEntries(set)
}

function checkedTrainer(): string {
  const program = trainerProgram()
  if (existsSync(program)) return program
  throw new EnvironmentError(`The built-in trainer was not found at ${program}. Nothing was started.`, {
    code: 'TRAINER_MISSING',
    suggestions: ['npm run build'],
  })
}
