import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { toCsv } from '../../protocol/csv.ts'
import type { Dataset } from '../dataset.ts'

/** Writes `splits.csv`: rows of each class in each split, counted. An estimate of them once misled everybody. */
export function writeSplits(folder: string, dataset: Pick<Dataset, 'tasks' | 'labels' | 'splits'>): void {
  const splits = Object.entries(dataset.splits)
  const rows = dataset.tasks.flatMap(({ name, classes }) => {
    const labels_N = dataset.labels.get(name) ?? new Int32Array()
    const count = (of: Int32Array, c: number) => of.reduce((sum, row) => sum + (labels_N[row] === c ? 1 : 0), 0)
    const counted = classes.map((className, c) => [name, className, ...splits.map(([, of]) => count(of, c))])
    const without = splits.map(([, of]) => count(of, -1))
    return without.some((n) => n > 0) ? [...counted, [name, '(not labelled)', ...without]] : counted
  })
  mkdirSync(folder, { recursive: true })
  const table = [['task', 'class', ...splits.map(([split]) => split)], ...rows]
  writeFileAtomic(join(folder, 'splits.csv'), toCsv(table), { durable: false })
}
