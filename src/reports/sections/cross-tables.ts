import { join } from 'node:path'
import { z } from 'zod'
import { counted } from '../../base/human-readable.ts'
import { entry } from '../../base/registry.ts'
import { TRIAL_FILES } from '../../protocol/attempt-environment.ts'
import { meanOf } from '../../statistics/summary.ts'
import type { Block, Cell, ReportContext, Section } from '../block.ts'
import { factsOf } from '../facts.ts'
import { cellOf, metricText } from '../numbers.ts'
import { splitOf } from '../task-results.ts'
import { detailNames, readRows, trialFolder } from '../trial-files.ts'

/** Mean of a column over seeds when it is a number everywhere, otherwise the first seed's text. */
function meanCell(tables: readonly (readonly Readonly<Record<string, string>>[])[], row: number, column: string): Cell {
  const texts = tables.flatMap((table) => table[row]?.[column] ?? [])
  const numbers = texts.map(Number)
  if (texts.length === 0 || texts.some((text) => text.trim() === '') || !numbers.every(Number.isFinite))
    return texts[0] ?? ''
  const mean = meanOf(numbers)
  return cellOf(mean, Number.isInteger(mean) ? String(mean) : metricText(mean))
}

function tableOf(name: string, folders: readonly string[]): Block[] {
  const all = folders
    .map((folder) => readRows(join(folder, TRIAL_FILES.details, name)))
    .filter((rows) => rows.length > 0)
  const first = all[0]
  if (first === undefined) return []
  const columns = Object.keys(first[0] ?? {})
  const alike = all.filter((rows) => rows.length === first.length)
  const rows = first.map((_, row) => columns.map((column) => meanCell(alike, row, column)))
  const split = splitOf(name)
  const title = name
    .replace(/^val_/, '')
    .replace(/\.csv$/, '')
    .replace('_given_', ' given ')
  const caption = `${title}, ${split === 'val' ? 'validation' : 'test'} (mean of ${counted(alike.length, 'seed')})`
  return [{ kind: 'table', caption, columns, rows, folded: split === 'test' }]
}

function render({ snapshot, sweepDir }: ReportContext): Block[] | 'nothing to show' {
  const folders = factsOf(snapshot).winnerTrials.map((trial) => trialFolder(sweepDir, trial))
  const names = [...new Set(folders.flatMap(detailNames))].filter(
    (name) => name.includes('_given_') && name.endsWith('.csv'),
  )
  const order = [...names].sort((a, b) => splitOf(b).localeCompare(splitOf(a)))
  const tables = order.flatMap((name) => tableOf(name, folders))
  return tables.length === 0 ? 'nothing to show' : tables
}

export const crossTables = entry({
  summary: 'How well one task is done given the class of another.',
  options: z.object({}),
  create: (): Section => ({ title: 'One task given another', render }),
})
