import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { writeFileAtomic } from '../base/atomic-file.ts'
import type { Block, Report, ReportContext } from './block.ts'
import { sections } from './index.ts'
import { rankingCsv, rankingJson } from './ranking-files.ts'
import { renderers } from './renderers/index.ts'

/** Everything a report is made from, and the folder it goes to (made when it is not there). */
export interface WriteReportRequest extends ReportContext {
  readonly reportDir: string
}

/** @returns the blocks of all sections in registry order, each under its title */
function composeBlocks(context: ReportContext): Block[] {
  return Object.values(sections).flatMap((made): Block[] => {
    const section = made.create({})
    const blocks = section.render(context)
    const shown: readonly Block[] = blocks === 'nothing to show' ? [{ kind: 'text', text: 'Nothing to show.' }] : blocks
    return [{ kind: 'heading', level: 2, text: section.title }, ...shown]
  })
}

/** Draws every chart once; the chart library is loaded here and nowhere before. */
export async function drawFigures(blocks: readonly Block[]): Promise<Map<string, string>> {
  const charts = blocks.filter((block) => block.kind === 'chart')
  if (charts.length === 0) return new Map()
  const { drawChart } = await import('./draw-chart.ts')
  return new Map(charts.map((chart) => [chart.name, drawChart(chart)]))
}

/**
 * Writes report.md, report.html, ranking.csv, ranking.json and figures/*.svg; each file whole or not at all.
 * Other files of the folder (ensemble.json) are left alone; pictures of an earlier report go.
 *
 * @returns the absolute paths written, report.html first
 */
export async function writeReport(request: WriteReportRequest): Promise<{ readonly files: readonly string[] }> {
  const { reportDir } = request
  // A copy of its own: what is worked out of a snapshot is remembered, and a live one changes under its reader.
  const snapshot = { ...request.snapshot }
  const blocks = composeBlocks({ ...request, snapshot })
  const figures = await drawFigures(blocks)
  const report: Report = { title: `Sweep ${snapshot.id}`, blocks, figures }
  const pages = [renderers.html, renderers.markdown].map((made) => {
    const renderer = made.create({})
    return [`report.${renderer.extension}`, renderer.render(report)] as const
  })
  const pictures = [...figures].map(([name, svg]) => [join('figures', `${name}.svg`), `${svg}\n`] as const)
  const tables = [
    ['ranking.csv', rankingCsv(snapshot)],
    ['ranking.json', rankingJson(snapshot)],
  ] as const
  clearedFigures(reportDir, new Set([...figures.keys()].map((name) => `${name}.svg`)))
  const files = [...pages, ...tables, ...pictures].map(([name, content]) => {
    const path = join(reportDir, name)
    // Not durable: a report can be written again at any time, and twenty fsyncs take longer than all the rest.
    writeFileAtomic(path, content, { durable: false })
    return path
  })
  return { files }
}

/** Makes the folders and takes out pictures that this report does not have. */
function clearedFigures(reportDir: string, wanted: ReadonlySet<string>): void {
  const folder = join(reportDir, 'figures')
  mkdirSync(folder, { recursive: true })
  for (const name of readdirSync(folder)) {
    if (name.endsWith('.svg') && !wanted.has(name)) rmSync(join(folder, name), { force: true })
  }
}
