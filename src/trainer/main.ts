import { mkdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { systemClock } from '../base/clock.ts'
import { compileLess } from '../base/compile-less.ts'
import { EnvironmentError, SweepError, UserError } from '../base/errors.ts'
import { TRIAL_FILES, VARIABLE } from '../protocol/attempt-environment.ts'
import { predictMain } from './predict/main.ts'
import { prepareMain } from './prepare-main.ts'
import { reportTo, type TrialReport } from './report-to-sweep.ts'
import { runTrial } from './run-trial.ts'
import { Stopwatch } from './stopwatch.ts'
import type { TrialInput } from './trial-input.ts'
import { tryEngine } from './try-engine.ts'

const USAGE = 'node main.js --params params.json --dir out [--seed 1] [--resume]'

/** What a sweep says in the environment, or a person by flags; a flag wins. */
function readInvocation(argv: readonly string[], env: NodeJS.ProcessEnv) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      params: { type: 'string' },
      dir: { type: 'string' },
      seed: { type: 'string' },
      resume: { type: 'boolean' },
    },
  })
  const dir = values.dir ?? env[VARIABLE.trialDir]
  const params = values.params ?? env[VARIABLE.params]
  if (dir === undefined || params === undefined) {
    throw new UserError(
      'The text classifier was started without parameters or without a folder. Nothing was trained.',
      {
        code: 'INVOCATION_INCOMPLETE',
        suggestions: [USAGE, `or set ${VARIABLE.params} and ${VARIABLE.trialDir}`],
      },
    )
  }
  const trialDir = resolve(dir)
  const byHand = values.dir !== undefined
  return {
    trialDir,
    paramsFile: resolve(params),
    seed: seedOf(values.seed ?? env[VARIABLE.seed] ?? '1'),
    resume: values.resume ?? env[VARIABLE.resume] === '1',
    checkpointDir: (byHand ? undefined : env[VARIABLE.checkpointDir]) ?? join(trialDir, TRIAL_FILES.checkpoints),
    events: (byHand ? undefined : env[VARIABLE.events]) ?? join(trialDir, TRIAL_FILES.events),
  }
}

function seedOf(text: string): number {
  const seed = Number(text)
  if (Number.isSafeInteger(seed)) return seed
  throw new UserError(`The seed is "${text}" and must be a whole number. Nothing was trained.`, {
    code: 'SEED_INVALID',
  })
}

function readParams(file: string): TrialInput['params'] {
  try {
    const params: unknown = JSON.parse(readFileSync(file, 'utf8'))
    if (typeof params === 'object' && params !== null && !Array.isArray(params)) return { ...params }
    throw new TypeError('it is not an object')
  } catch (error) {
    throw new UserError(`${file} holds no parameters: ${(error as Error).message}. Nothing was trained.`, {
      code: 'PARAMS_UNREADABLE',
      cause: error,
    })
  }
}

/** A write or read that the system refused is the machine's keeper's business. */
function classified(error: unknown): unknown {
  const { code, path, syscall } = error as NodeJS.ErrnoException
  // A write to an open file that finds no room names its system call, but no path.
  const refused = path !== undefined || syscall === 'write' || syscall === 'fsync'
  if (error instanceof SweepError || typeof code !== 'string' || !refused) return error
  return new EnvironmentError(`${(error as Error).message}. The trial ended there.`, {
    code: 'FILES_REFUSED',
    cause: error,
  })
}

/** @returns the exit code */
function explain(thrown: unknown, report: TrialReport | undefined): number {
  const error = classified(thrown)
  const known = error instanceof SweepError
  const text = known ? [error.message, ...error.suggestions.map((s) => `Try: ${s}`)].join('\n') : String(error)
  process.stderr.write(known ? `${text}\n` : `${(error as Error)?.stack ?? text}\n`)
  try {
    report?.note('error', text)
  } catch {
    // The events file may be what could not be written; stderr has it.
  }
  return known ? error.exitCode : 1
}

/** For `sweep doctor` and `sweep plan`, which load no tensors themselves. */
async function sayHowEngineWorks([name = '', encoder]: readonly string[]): Promise<number> {
  const found = await tryEngine(name, { hashed: encoder === 'hash' })
  process.stdout.write(`${JSON.stringify(found ?? { works: false, why: 'there is no backend of that name' })}\n`)
  return found?.works === true ? 0 : 3
}

async function main(): Promise<number> {
  const [flag, ...more] = process.argv.slice(2)
  if (flag === '--try-engine') return sayHowEngineWorks(more)
  compileLess(270_000)
  // Handled between two steps, never inside a write, so no file is left half done.
  process.once('SIGTERM', () => process.exit(143))
  process.once('SIGINT', () => process.exit(130))
  let report: TrialReport | undefined
  try {
    const { paramsFile, events, ...place } = readInvocation(process.argv.slice(2), process.env)
    mkdirSync(place.trialDir, { recursive: true })
    report = reportTo(events, (text) => process.stdout.write(text))
    const params = readParams(paramsFile)
    await runTrial({ ...place, params }, { report, stopwatch: new Stopwatch(systemClock) })
    return 0
  } catch (error) {
    return explain(error, report)
  }
}

/** Other things than a trial that the program does. */
const modes: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  predict: predictMain,
  prepare: prepareMain,
}

process.exitCode = await (modes[process.argv[2] ?? ''] ?? main)(process.argv.slice(3))
