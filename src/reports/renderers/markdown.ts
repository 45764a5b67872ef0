import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Block, Cell, Renderer, Report } from '../block.ts'

/** Plain text as Markdown that shows exactly this text: no markup, no HTML, no link comes out of data. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*[\r\n]+\s*/g, ' ')
    .replace(/[\\`*[\]|~]/g, '\\$&')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/(^|[^\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, (found) => found.replace('_', '\\_'))
    .replace(/:\/\//g, '&#58;//')
    .replace(/\bwww\./gi, 'www&#46;')
    .replace(/^(\s*)([#+-]|\d+[.)])(?=\s|$)/, '$1\\$2')
}

/** A fence longer than any run of backticks inside. */
function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`
}

const cellText = (cell: Cell | undefined) =>
  cell === undefined ? '' : escapeMarkdown(typeof cell === 'string' ? cell : cell.text)

function table(block: Extract<Block, { kind: 'table' }>): string {
  const { columns, rows, caption, stressed } = block
  const numeric = columns.map((_, i) => rows.some((row) => isNumber(row[i])))
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = rows.map((row, r) =>
    line(columns.map((_, i) => (r === stressed && i === 0 ? `**${cellText(row[i])}**` : cellText(row[i])))),
  )
  const lines = [line(columns.map(escapeMarkdown)), line(numeric.map((n) => (n ? '---:' : '---'))), ...body]
  return [...(caption ? [`*${escapeMarkdown(caption)}*`, ''] : []), ...lines].join('\n')
}

const isNumber = (cell: Cell | undefined) => typeof cell === 'object' && 'value' in cell

const NOTE_WORDS = { good: 'Good', info: 'Note', warn: 'Look at this' } as const

function blockText(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapeMarkdown(block.text)}`
    case 'text':
      return escapeMarkdown(block.text)
    case 'note':
      return `> **${NOTE_WORDS[block.level]}:** ${escapeMarkdown(block.text)}`
    case 'figures':
      return block.items
        .map(({ label, value, detail }) => {
          const rest = detail ? ` (${escapeMarkdown(detail)})` : ''
          return `- ${escapeMarkdown(label)}: **${escapeMarkdown(value)}**${rest}`
        })
        .join('\n')
    case 'table':
      return table(block)
    case 'chart': {
      const caption = block.caption ? `\n\n*${escapeMarkdown(block.caption)}*` : ''
      return `![${escapeMarkdown(block.alt)}](figures/${encodeURIComponent(block.name)}.svg)${caption}`
    }
    case 'code':
      return fenced(block.language, block.text)
  }
}

/** report.md: readable as it is, and in any viewer of CommonMark with tables. */
export const markdown = entry({
  summary: 'Markdown with tables; the pictures lie beside it in figures/.',
  options: z.object({}),
  create: (): Renderer => ({
    extension: 'md',
    render: ({ title, blocks }: Report) => `${[`# ${escapeMarkdown(title)}`, ...blocks.map(blockText)].join('\n\n')}\n`,
  }),
})
