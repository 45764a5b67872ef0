import { z } from 'zod'
import { type Line, LineTail } from '../../base/ndjson.ts'
import { entry } from '../../base/registry.ts'
import { metricValue, type ReportEvent, reportOf } from '../event-line.ts'
import type { FileReading, ReportFormat } from './format.ts'

/** CSV logs with a header that names an epoch or a step, as Keras (`CSVLogger`) and Lightning (`metrics.csv`) write them. */
export const csv = entry({
  summary: 'CSV logs with an epoch or step column, as Keras and Lightning write them (*.csv, training.log).',
  options: z.object({}),
  create: (): ReportFormat => {
    const logs = new Map<string, CsvLog>()
    return {
      files: {
        accepts: (name) => name.endsWith('.csv') || name === 'training.log',
        read: (path, limit) => {
          let log = logs.get(path)
          if (log === undefined) {
            log = new CsvLog(path)
            logs.set(path, log)
          }
          return log.read(limit)
        },
      },
    }
  },
})

const HEADER_BYTES = 1 << 16

class CsvLog {
  readonly #path: string
  /** Lightning writes the file anew when a metric is added: then its rows come again, with an empty cell more. */
  readonly #reported = new Set<string>()
  #tail: LineTail
  #header = ''
  #separator = ','
  #columns: readonly string[] = []

  constructor(path: string) {
    this.#path = path
    this.#tail = new LineTail(path)
  }

  read(limit: number): FileReading {
    if (!this.#tail.hasNews()) return { events: [], behind: false }
    const header = new LineTail(this.#path).read(HEADER_BYTES)[0]?.text.trim()
    if (header === undefined) return { events: [], behind: false }
    if (header !== this.#header) this.#begin(header)
    const lines = this.#tail.read(limit)
    return { events: lines.flatMap((line) => this.#row(line)), behind: this.#tail.behind }
  }

  #begin(header: string): void {
    this.#header = header
    this.#separator = [',', ';', '\t'].find((mark) => header.includes(mark)) ?? ','
    this.#columns = header.split(this.#separator).map(unquoted)
    this.#tail = new LineTail(this.#path)
  }

  #row({ text, offset }: Line): ReportEvent[] {
    const isLog = this.#columns.includes('epoch') || this.#columns.includes('step')
    if (offset === 0 || !isLog) return []
    const cells = text.trimEnd().split(this.#separator)
    const fields = Object.fromEntries(this.#columns.map((name, i) => [name, cellValue(cells[i])]))
    const event = cells.length === this.#columns.length ? reportOf(fields) : undefined
    if (event === undefined) return []
    const key = JSON.stringify([event.step, Object.entries(event.metrics).sort()])
    if (this.#reported.has(key)) return []
    this.#reported.add(key)
    return [event]
  }
}

const unquoted = (cell: string) => cell.trim().replace(/^"(.*)"$/, '$1')

/** An empty cell is no value: Lightning leaves cells empty when a step did not log that metric. */
function cellValue(cell: string | undefined): number | undefined {
  const text = unquoted(cell ?? '')
  if (text === '') return undefined
  const number = Number(text)
  return Number.isNaN(number) ? metricValue(text) : number
}
