import { createRequire } from 'node:module'
import { join } from 'node:path'
import { EnvironmentError, type ErrorDetails } from '../../base/errors.ts'
import { type EngineName, engineFacts, installCommand } from './engine-names.ts'
import { engine } from './tf.ts'

/** Where an optional package may be installed: the project, which is the working folder of a trial, or beside us. */
const places = () => [join(process.cwd(), 'package.json'), import.meta.url].map((from) => createRequire(from))

/**
 * Loads an optional package of a backend. Its own tensor library, if it has one, is another copy than ours, but all
 * copies of a version share their engine, kernels and gradients through globals; so the version must be ours.
 *
 * @throws {EnvironmentError} ENGINE_MISSING when it is not installed, ENGINE_NOT_READY when it does not load
 */
export function loadPeer(name: EngineName, packageName: string): unknown {
  const require = places().find((from) => resolves(from, packageName))
  if (require === undefined) throw missing(name, packageName)
  const wanted = versionWanted(name, packageName)
  const found = (require(`${packageName}/package.json`) as { version: string }).version
  if (minorOf(found) !== minorOf(wanted)) {
    throw notReady(name, `${packageName} is version ${found}, and ${wanted} is needed`)
  }
  try {
    return undisturbed(() => require(packageName))
  } catch (error) {
    throw notReady(name, `${packageName} is installed, but does not load: ${firstLine(error)}`, error)
  }
}

/** A backend that cannot be used on this machine, with the clause that says why. */
export class EngineUnavailable extends EnvironmentError {
  readonly why: string

  constructor(why: string, error: { readonly message: string } & ErrorDetails) {
    super(`${error.message} Nothing was trained.`, error)
    this.why = why
  }
}

/** The backend is there and does not work; `why` is a clause. */
export function notReady(name: EngineName, why: string, cause?: unknown): EngineUnavailable {
  return new EngineUnavailable(why, {
    message: `The backend ${name} does not work here: ${why}.`,
    code: 'ENGINE_NOT_READY',
    suggestions: [
      `Needed: ${engineFacts[name].needs}; see docs/engineFacts.md`,
      ...(name === 'wasm' ? [] : ['backend: wasm, which works everywhere']),
    ],
    cause,
  })
}

function missing(name: EngineName, packageName: string): EngineUnavailable {
  const command = installCommand(name)
  return new EngineUnavailable(`${packageName} is not installed`, {
    message: `The backend ${name} needs the npm package ${packageName}, which is not installed.`,
    code: 'ENGINE_MISSING',
    suggestions: [...(command === undefined ? [] : [command]), 'backend: wasm, which needs nothing'],
  })
}

/**
 * The library warns when its parts come from two copies, which is meant here; and what looks for TensorFlow's addon
 * takes our command line for its own, where `--dir` says that it is to look elsewhere.
 */
function undisturbed<T>(load: () => T): T {
  const flags = engine().ENV
  const [quiet, { argv }] = [flags.getBool('PROD'), process]
  flags.set('PROD', true)
  process.argv = argv.slice(0, 2)
  try {
    return load()
  } finally {
    flags.set('PROD', quiet)
    process.argv = argv
  }
}

function resolves(require: NodeJS.Require, packageName: string): boolean {
  try {
    require.resolve(`${packageName}/package.json`)
    return true
  } catch {
    return false
  }
}

function versionWanted(name: EngineName, packageName: string): string {
  const wanted = engineFacts[name].packages.find((each) => each.startsWith(`${packageName}@`))
  return wanted?.slice(packageName.length + 1) ?? ''
}

const minorOf = (version: string) => version.split('.', 2).join('.')

const firstLine = (error: unknown) =>
  String((error as Error)?.message ?? error)
    .split('\n', 1)[0]
    ?.trim()
