import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../../base/atomic-file.ts'
import { toCsv } from '../../protocol/csv.ts'

/** Writes `curve.csv`: one line an epoch, one column a metric, in the order in which the metrics first appear. */
export function writeCurve(folder: string, epochs: readonly Readonly<Record<string, number>>[]): void {
  const columns = [...new Set(epochs.flatMap((epoch) => Object.keys(epoch)))]
  const rows = epochs.map((epoch) => columns.map((column) => epoch[column] ?? ''))
  mkdirSync(folder, { recursive: true })
  writeFileAtomic(join(folder, 'curve.csv'), toCsv([columns, ...rows]), { durable: false })
}
