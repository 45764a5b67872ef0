import type { AttemptRequest } from '../executor.ts'
import type { StartRequest } from './keeper-channel.ts'
import { pinned } from './pinning.ts'

type Environment = Readonly<Record<string, string>>

/** What differs from the keeper's environment. */
interface Difference {
  readonly set: Environment
  readonly unset: readonly string[]
}

const NOTHING: Environment = {}
/** By the keeper's environment and the shared one, which are the same objects for thousands of attempts. */
const known = new WeakMap<Environment, WeakMap<Environment, Difference>>()

/** @returns what a keeper with this environment must be told to start the request */
export function requestOf(request: AttemptRequest, keeperEnvironment: Environment): StartRequest {
  const { trial, attempt, argv, cwd, stdout, stderr, graceMs, env, nice, cores, turn } = request
  const { set, unset } = differenceFor(request.sharedEnv ?? NOTHING, keeperEnvironment)
  return {
    trial,
    attempt,
    argv: cores === undefined ? argv : pinned(argv, cores),
    cwd,
    set: { ...set, ...env },
    unset: unset.filter((name) => !(name in env)),
    stdout,
    stderr,
    graceMs,
    ...(nice === undefined ? {} : { nice }),
    ...(turn === undefined ? {} : { turn }),
  }
}

function differenceFor(shared: Environment, keeper: Environment): Difference {
  const ofKeeper = known.get(keeper) ?? new WeakMap<Environment, Difference>()
  known.set(keeper, ofKeeper)
  const difference = ofKeeper.get(shared) ?? differenceBetween(shared, keeper)
  ofKeeper.set(shared, difference)
  return difference
}

function differenceBetween(shared: Environment, keeper: Environment): Difference {
  const set = Object.fromEntries(Object.entries(shared).filter(([name, value]) => value !== keeper[name]))
  return { set, unset: Object.keys(keeper).filter((name) => !(name in shared)) }
}
