import { UserError } from '../base/errors.ts'
import type { TaskPredictions } from '../protocol/predictions.ts'
import { checkPool } from './check-pool.ts'
import type { EnsembleReport } from './ensemble-report.ts'
import { foldsOf } from './folds.ts'
import { ensembleMethods } from './index.ts'
import { judgeMethod } from './judge-method.ts'
import { judgeSingles } from './judge-singles.ts'
import type { PoolMember } from './pool.ts'

export interface EnsembleInput {
  /** All trials that could be members: choosing the best of them is a selection too, so it is made inside the folds. */
  readonly pool: readonly PoolMember[]
  /** Members at most. */
  readonly top: number
  readonly tasks: readonly string[]
  /** @default 5 */
  readonly folds?: number
}

type Split = ReadonlyMap<string, TaskPredictions>

/**
 * Tries every ensemble method and judges each honestly. The figure that counts is the mean over tasks of macro-F1.
 * Pure: the same predictions give the same report, whatever their order.
 *
 * @throws {UserError} ENSEMBLE_TOO_FEW, ENSEMBLE_MISMATCH, ENSEMBLE_UNTRAINED
 */
export function buildEnsemble({ pool: given, top, tasks, folds = 5 }: EnsembleInput): EnsembleReport {
  const pool = [...given].sort((a, b) => a.trial - b.trial)
  checkPool(pool, tasks)
  const { validation, test } = onlyTasks(pool[0] as PoolMember, tasks)
  const rows = new Set([...validation.values()].flatMap(({ ids }) => ids)).size
  if (folds < 3 || rows < 2 * folds) {
    const message = `${rows} validation rows cannot be divided into ${folds} folds of two or more. No ensemble was built.`
    throw new UserError(message, { code: 'ENSEMBLE_TOO_FEW', suggestions: ['Use fewer folds, but at least 3.'] })
  }
  const shared = {
    pool: pool.map((member) => ({ ...member, ...onlyTasks(member, tasks) })),
    tasks,
    top,
    foldOf: foldsOf(validation, folds),
  }
  const every = Array.from({ length: folds }, (_, fold) => fold)
  const methods = Object.entries(ensembleMethods).map(([name, { summary, create }]) => {
    return { method: name, summary, ...judgeMethod({ ...shared, method: create({}) }, every) }
  })
  const chosen = methods.reduce((a, b) => (b.honest > a.honest ? b : a))
  return {
    format: 1,
    tasks,
    classes: Object.fromEntries([...validation].map(([task, of]) => [task, of.classes])),
    rows: { validation: rows, ...(test && { test: new Set([...test.values()].flatMap(({ ids }) => ids)).size }) },
    folds,
    top,
    pool: pool.map(({ trial }) => trial),
    chosen: chosen.method,
    methods,
    single: judgeSingles(shared, every),
  }
}

function onlyTasks(member: PoolMember, tasks: readonly string[]): { validation: Split; test?: Split } {
  const narrow = (split: Split) => new Map([...split].filter(([task]) => tasks.includes(task)))
  return { validation: narrow(member.validation), ...(member.test && { test: narrow(member.test) }) }
}
