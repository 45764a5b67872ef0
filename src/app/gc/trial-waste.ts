import { readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import { parseObject } from '../../base/ndjson.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import type { Trial } from '../../trial/trial.ts'
import { trialFolderName } from '../../trial/trial-folder.ts'
import { type FoundFile, filesBelow } from './walk.ts'
import type { Waste } from './waste.ts'

/** What one trial still needs. */
export interface TrialNeeds {
  readonly checkpoints: boolean
  readonly weights: boolean
}

/** Folders that checkpoints are in: our own, and those of the Hugging Face trainer. */
const CHECKPOINTS = new RegExp(`^(${TRIAL_FILES.checkpoints}|checkpoint-\\d+)$`)
/** Folders whose content reports and ensembles are made from. */
const ALWAYS = new Set<string>([TRIAL_FILES.predictions, TRIAL_FILES.details])
/** What programs call their weights. `.bin` may be anything, unless its name says more. */
const WEIGHTS = /\.(safetensors|pt|pth|ckpt|h5|keras|onnx|gguf|msgpack)$|(model|weights|optimizer)[^/]*\.bin$/i
/** An event file beyond this is not read for what it announces: it is the file's name that counts then. */
const MOST_EVENT_BYTES = 64 << 20

/** Files of a trial that nothing needs; predictions, details, params, logs and reports never are among them. */
export function trialWaste(sweepDir: string, trial: Trial, needs: TrialNeeds): Waste[] {
  const folder = join(sweepDir, trialFolderName(trial.number))
  const announced = announcedWeights(folder)
  const waste: Waste[] = []
  for (const file of filesBelow(folder)) {
    const kind = kindOf(file, announced)
    if (kind === undefined || needs[kind]) continue
    waste.push({ path: file.path, bytes: file.bytes, kind, trial: trial.number })
  }
  return waste
}

function kindOf(
  { within, name, path }: FoundFile,
  announced: ReadonlySet<string>,
): 'checkpoints' | 'weights' | undefined {
  if (within[0] !== undefined && ALWAYS.has(within[0])) return undefined
  // Before the folders: the Hugging Face trainer keeps its best weights among its checkpoints.
  if (announced.has(path)) return 'weights'
  if (within.some((folder) => CHECKPOINTS.test(folder))) return 'checkpoints'
  return WEIGHTS.test(name) ? 'weights' : undefined
}

/** Paths that the trainer has called weights in its event file, whatever their names are. */
function announcedWeights(folder: string): Set<string> {
  const path = join(folder, TRIAL_FILES.events)
  try {
    if (statSync(path).size > MOST_EVENT_BYTES) return new Set()
    const lines = readFileSync(path, 'utf8').split('\n')
    const events = lines.filter((line) => line.includes('"artifact"')).map(parseObject)
    return new Set(events.flatMap((event) => (event?.kind === 'weights' ? pathIn(folder, event.path) : [])))
  } catch {
    return new Set()
  }
}

/** Of what lies outside of the trial's folder, or is not a path, nothing is ever removed. */
function pathIn(folder: string, path: unknown): string[] {
  if (typeof path !== 'string') return []
  const full = resolve(folder, path)
  const way = relative(folder, full)
  return way === '' || way.startsWith('..') || way.startsWith(sep) ? [] : [full]
}
