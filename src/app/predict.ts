import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { BugError, EnvironmentError, SweepError, UserError } from '../base/errors.ts'
import { parseObject } from '../base/ndjson.ts'
import { readSnapshot } from '../journal/read-snapshot.ts'
import { chosenMethod, readEnsemble } from '../reports/ensemble-file.ts'
import { trialFolder } from '../reports/trial-files.ts'
import type { PredictionEvent, PredictionRequest } from '../trainer/predict/request.ts'
import type { SweepSnapshot, Trial } from '../trial/trial.ts'
import { builtinTrainer } from './launch.ts'
import { findTrial } from './trial-lookup.ts'
import { resolveSweepId, sweepDirOf, type Workspace } from './workspace.ts'

export type { PredictionEvent } from '../trainer/predict/request.ts'

export interface PredictOptions {
  readonly workspace: Workspace
  /** Id or name of the sweep. */
  readonly id: string
  /** Absent: the sweep's ensemble, or its only completed trial. */
  readonly trial?: number
  /** CSV, TSV or JSONL, by its ending. */
  readonly file: string
  /** Absent: stdout of this process. */
  readonly output?: string
  /** Absent: by the ending of `output`, or else CSV. */
  readonly format?: PredictionRequest['output']['format']
  /** The columns of the input come first. */
  readonly keep: boolean
  readonly calibrated: boolean
  /** Columns; absent = as in training. */
  readonly text?: string
  readonly idColumn?: string
  readonly delimiter?: PredictionRequest['input']['delimiter']
  /** Absent: as in training. */
  readonly backend?: string
  /** Hears what happens while it works. */
  readonly onEvent: (event: PredictionEvent) => void
}

export interface Predicted {
  /** `gamma-grid.3/17`, one a member. */
  readonly members: readonly string[]
  readonly tasks: readonly string[]
  /** Tasks whose probabilities or labels a calibration has changed. */
  readonly calibrated: readonly string[]
  readonly rows: number
  /** They have a line in the output, with the reason instead of a label. */
  readonly unreadable: number
  /** Absolute; absent for stdout. */
  readonly output?: string
}

/**
 * Predicts every row of a file by a trial or an ensemble.
 *
 * @throws {UserError} PREDICT_NOT_OURS, PREDICT_NO_ENSEMBLE, TRIAL_UNKNOWN, and what is wrong with weights or file
 * @throws {EnvironmentError} PREDICT_ENDED when the process that predicts was killed
 */
export async function predictFile(options: PredictOptions): Promise<Predicted> {
  const request = requestOf(options)
  const { ready, done } = await runPrediction(request, options)
  return {
    members: request.members.map(({ name }) => name),
    tasks: ready.tasks,
    calibrated: ready.calibrated,
    rows: done.rows,
    unreadable: done.unreadable,
    ...(request.output.file === undefined ? {} : { output: request.output.file }),
  }
}

function requestOf(options: PredictOptions): PredictionRequest {
  const { file, output, format, keep, text, idColumn, delimiter, backend } = options
  return {
    ...predictorOf(options),
    input: {
      file: resolve(file),
      ...(text === undefined ? {} : { text }),
      ...(idColumn === undefined ? {} : { id: idColumn }),
      ...(delimiter === undefined ? {} : { delimiter }),
    },
    output: {
      ...(output === undefined ? {} : { file: resolve(output) }),
      format: format ?? formatOf(output),
      keep,
    },
    ...(backend === undefined ? {} : { backend }),
  }
}

const FORMATS: Readonly<Record<string, PredictionRequest['output']['format']>> = {
  '.csv': 'csv',
  '.tsv': 'tsv',
  '.tab': 'tsv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
}

function formatOf(output: string | undefined): PredictionRequest['output']['format'] {
  if (output === undefined) return 'csv'
  const format = FORMATS[extname(output).toLowerCase()]
  if (format) return format
  throw new UserError(
    `The output ${output} ends in none of ${Object.keys(FORMATS).join(', ')}, so its form is not known. Nothing was predicted.`,
    { code: 'PREDICT_FORMAT', suggestions: ['--format csv', '--output predictions.csv'] },
  )
}

type Predictor = Pick<PredictionRequest, 'members' | 'combine' | 'calibration'>

function predictorOf({ workspace, id, trial, calibrated }: PredictOptions): Predictor {
  if (trial !== undefined) {
    const found = findTrial({ workspace, id, trial })
    return single(found.id, found.snapshot, found.trial, { workspace, calibrated })
  }
  const sweep = resolveSweepId(workspace, id)
  const snapshot = readSnapshot(sweepDirOf(workspace, sweep))
  checkOurs(sweep, snapshot)
  const ensemble = ensembleOf(workspace, sweep)
  if (ensemble !== undefined) return ofEnsemble(ensemble, { workspace, id: sweep, snapshot, calibrated })
  const completed = snapshot.trials.filter(({ state }) => state === 'completed')
  const [only, second] = completed
  if (only !== undefined && second === undefined) return single(sweep, snapshot, only, { workspace, calibrated })
  throw new UserError(
    `${sweep} has no ensemble (reports/${sweep}/ensemble.json) and ${completed.length} completed trials. Nothing was predicted.`,
    {
      code: 'PREDICT_NO_ENSEMBLE',
      suggestions: [`sweep ensemble ${sweep}`, `sweep predict ${sweep}/0 FILE, for a single trial`],
    },
  )
}

function checkOurs(id: string, { spec: { trainer } }: SweepSnapshot): void {
  if (trainer.kind === 'builtin') return
  throw new UserError(
    `The trials of ${id} were trained by a program of yours, and only that knows how to use its weights. Nothing was predicted.`,
    { code: 'PREDICT_NOT_OURS' },
  )
}

function single(
  id: string,
  snapshot: SweepSnapshot,
  trial: Trial,
  { workspace, calibrated }: Pick<PredictOptions, 'workspace' | 'calibrated'>,
): Predictor {
  checkOurs(id, snapshot)
  const name = `${id}/${trial.number}`
  if (trial.state !== 'completed') {
    throw new UserError(`Trial ${name} is ${trial.state}, so it has no verified weights. Nothing was predicted.`, {
      code: 'PREDICT_NOT_COMPLETED',
      suggestions: [`sweep status ${id}`],
    })
  }
  const folder = trialFolder(sweepDirOf(workspace, id), trial)
  return { members: [{ name, folder }], calibration: calibrated ? 'own' : 'none' }
}

interface OfEnsemble extends Pick<PredictOptions, 'workspace' | 'calibrated'> {
  readonly id: string
  readonly snapshot: SweepSnapshot
}

function ensembleOf(workspace: Workspace, id: string): ReturnType<typeof readEnsemble> {
  const path = join(workspace.reportsDir, id, 'ensemble.json')
  return existsSync(path) ? readEnsemble(parseObject(readFileSync(path, 'utf8'))) : undefined
}

function ofEnsemble(
  ensemble: NonNullable<ReturnType<typeof readEnsemble>>,
  { workspace, id, snapshot, calibrated }: OfEnsemble,
): Predictor {
  const chosen = chosenMethod(ensemble)
  if (chosen === undefined) throw new BugError(`${id}: ensemble.json has no method ${ensemble.chosen}.`)
  const sweepDir = sweepDirOf(workspace, id)
  // Sums of floats depend on their order: by number, as when the ensemble was built.
  const order = [...chosen.members.entries()].sort(([, a], [, b]) => a - b)
  const members = order.map(([, number]) => {
    const trial = snapshot.trials[number]
    if (trial === undefined) throw new BugError(`${id}: ensemble.json names trial ${number}, which it does not have.`)
    return { name: `${id}/${number}`, folder: trialFolder(sweepDir, trial) }
  })
  const tasks = Object.entries(chosen.tasks)
  const weights = tasks.flatMap(([task, of]) => {
    const list = of.weights
    return list === undefined ? [] : [[task, order.map(([place]) => list[place] as number)] as const]
  })
  const calibration = tasks.map(([task, of]) => [task, appliedTo(of, ensemble.classes[task]?.length ?? 0)] as const)
  return {
    members,
    // A method that does not weigh takes the median.
    combine: weights.length === 0 ? 'median' : Object.fromEntries(weights),
    calibration: calibrated ? Object.fromEntries(calibration) : 'none',
  }
}

type EnsembleTask = NonNullable<ReturnType<typeof chosenMethod>>['tasks'][string]

function appliedTo({ temperature, applied, bias }: EnsembleTask, classes: number) {
  return {
    temperature: applied?.temperature === false ? 1 : temperature,
    bias: applied?.bias === true && bias !== undefined ? [...bias] : new Array<number>(classes).fill(0),
  }
}

type Said<Kind extends PredictionEvent['event']> = Extract<PredictionEvent, { readonly event: Kind }>

const LAST_CHARACTERS = 2000

/** Runs the trainer program in its other mode; rows go from its stdout to ours without passing through here. */
async function runPrediction(
  request: PredictionRequest,
  { workspace, onEvent }: PredictOptions,
): Promise<{ readonly ready: Said<'ready'>; readonly done: Said<'done'> }> {
  const child = spawn(process.execPath, [builtinTrainer(), 'predict'], {
    cwd: workspace.folder,
    stdio: ['pipe', request.output.file === undefined ? 'inherit' : 'ignore', 'pipe', 'ipc'],
  })
  let last = ''
  child.stderr?.on('data', (part: Buffer) => {
    last = (last + part.toString('utf8')).slice(-LAST_CHARACTERS)
  })
  const said: PredictionEvent[] = []
  let far: Said<'progress'> | undefined
  child.on('message', (event: PredictionEvent) => {
    if (event.event === 'progress') far = event
    if (event.event === 'ready' || event.event === 'done' || event.event === 'error') said.push(event)
    onEvent(event)
  })
  child.stdin?.on('error', () => undefined)
  child.stdin?.end(JSON.stringify(request))
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((settle, fail) => {
    child.on('error', fail).on('close', (...end) => settle(end))
  })
  const of = <Kind extends PredictionEvent['event']>(kind: Kind) =>
    said.find((event): event is Said<Kind> => event.event === kind)
  const [ready, done, error] = [of('ready'), of('done'), of('error')]
  if (error) throw new PredictionRefused(error)
  if (ready && done) return { ready, done }
  // Its stdout was closed by whoever read it, who wanted no more.
  if (ready && code === 0) return { ready, done: { event: 'done', rows: far?.rows ?? 0, unreadable: 0 } }
  const how = signal ?? `exit code ${code}`
  throw new EnvironmentError(`The process that predicts ended by ${how}. ${last.trim()}`.trim(), {
    code: 'PREDICT_ENDED',
    suggestions: signal === 'SIGKILL' ? ['SIGKILL is usually the out-of-memory killer: free some memory.'] : [],
  })
}

/** What the process refused, with its own code and exit code. */
class PredictionRefused extends SweepError {
  readonly exitCode: number

  constructor({ message, code, suggestions, exitCode }: Said<'error'>) {
    super(message, { code, suggestions })
    this.exitCode = exitCode
  }
}
