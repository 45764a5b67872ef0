import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Block, Cell, Renderer, Report } from '../block.ts'
import { escapeXml } from '../escape-xml.ts'
import { type ColourName, PALETTE } from '../palette.ts'
import { STYLE, variable } from './style.ts'

type Table = Extract<Block, { kind: 'table' }>

const isNumber = (cell: Cell | undefined) => typeof cell === 'object' && 'value' in cell

/** Short texts stay on one line; the table scrolls where the page is narrow. */
const short = (text: string) => (text.length <= 30 ? ' class="s"' : '')

function cellHtml(cell: Cell | undefined, numeric: boolean): string {
  // A dash stands for a missing number.
  if (cell === '–' && numeric) return '<td class="n">–</td>'
  if (cell === undefined || typeof cell === 'string') return `<td${short(cell ?? '')}>${escapeXml(cell ?? '')}</td>`
  if ('value' in cell) return `<td class="n">${escapeXml(cell.text)}</td>`
  return `<td class="s ${cell.tone}">${escapeXml(cell.text)}</td>`
}

function tableHtml({ caption, columns, rows, stressed, folded }: Table): string {
  const numeric = columns.map((_, i) => rows.some((row) => isNumber(row[i])))
  const head = columns.map((name, i) => `<th${numeric[i] ? ' class="n"' : ''}>${escapeXml(name)}</th>`).join('')
  const body = rows
    .map((row, r) => {
      const cells = columns.map((_, i) => cellHtml(row[i], numeric[i] ?? false)).join('')
      return `<tr${r === stressed ? ' class="stressed"' : ''}>${cells}</tr>`
    })
    .join('\n')
  // A folded table's caption is what is clicked on, so it is not said twice.
  const title = caption && !folded ? `<caption>${escapeXml(caption)}</caption>` : ''
  const table = `<div class="scroll"><table>${title}<thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table></div>`
  return folded ? `<details><summary>${escapeXml(caption ?? 'Show the table')}</summary>${table}</details>` : table
}

const VARIABLE_OF = new Map(
  Object.entries(PALETTE).map(([name, tones]) => [tones.light as string, variable(name as ColourName)]),
)
const ANY_COLOUR = new RegExp([...VARIABLE_OF.keys()].join('|'), 'g')

/** Colours become the page's variables, and the picture takes the width it is given. */
function inlineFigure(svg: string): string {
  return svg
    .replace(ANY_COLOUR, (hex) => VARIABLE_OF.get(hex) ?? hex)
    .replace(/^<svg ([^>]*?)\bwidth="(\d+)" height="[^"]*"/, '<svg $1style="max-width:$2px"')
    .replace(/ xmlns="[^"]*"/, '')
}

function figureHtml(block: Extract<Block, { kind: 'chart' }>, figures: Report['figures']): string {
  const svg = figures.get(block.name)
  const caption = block.caption ? `<figcaption>${escapeXml(block.caption)}</figcaption>` : ''
  return svg === undefined
    ? `<p class="empty">${escapeXml(block.alt)}</p>`
    : `<figure>${inlineFigure(svg)}${caption}</figure>`
}

function keyFigures({ items }: Extract<Block, { kind: 'figures' }>): string {
  const boxes = items.map(({ label, value, detail, tone }) => {
    const below = detail ? `<dd class="d">${escapeXml(detail)}</dd>` : ''
    return `<div><dt>${escapeXml(label)}</dt><dd class="v ${tone ?? 'plain'}">${escapeXml(value)}</dd>${below}</div>`
  })
  return `<dl class="figures">${boxes.join('')}</dl>`
}

function blockHtml(block: Block, figures: Report['figures']): string {
  switch (block.kind) {
    case 'heading':
      return `<h${block.level}>${escapeXml(block.text)}</h${block.level}>`
    case 'text':
      return `<p>${escapeXml(block.text)}</p>`
    case 'note':
      return `<p class="note ${block.level}">${escapeXml(block.text)}</p>`
    case 'figures':
      return keyFigures(block)
    case 'table':
      return tableHtml(block)
    case 'chart':
      return figureHtml(block, figures)
    case 'code':
      return `<pre><code>${escapeXml(block.text)}</code></pre>`
  }
}

interface Part {
  readonly title: string
  readonly blocks: readonly Block[]
}

/** A level-2 heading opens a part; what stands before the first one belongs to no part. */
function partsOf(blocks: readonly Block[]): Part[] {
  const parts: { title: string; blocks: Block[] }[] = []
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level === 2) parts.push({ title: block.text, blocks: [] })
    else if (parts.length > 0) parts.at(-1)?.blocks.push(block)
    else parts.push({ title: '', blocks: [block] })
  }
  return parts
}

const isEmpty = ({ blocks }: Part) => blocks.every((block) => block.kind === 'text' && block.text === NOTHING)
const NOTHING = 'Nothing to show.'

function page({ title, blocks, figures }: Report): string {
  const parts = partsOf(blocks)
  const id = (i: number) => `part-${i + 1}`
  const links = parts.map((part, i) =>
    isEmpty(part) ? `<span>${escapeXml(part.title)}</span>` : `<a href="#${id(i)}">${escapeXml(part.title)}</a>`,
  )
  const sections = parts.map((part, i) => {
    const [first, ...rest] = part.blocks
    // The first sentence of the first part is the answer that people came for.
    const lead = i === 0 && first?.kind === 'text' ? `<p class="lead">${escapeXml(first.text)}</p>` : undefined
    const body = (lead === undefined ? part.blocks : rest).map((block) => blockHtml(block, figures)).join('\n')
    const heading = part.title === '' || lead !== undefined ? '' : `<h2>${escapeXml(part.title)}</h2>`
    return `<section id="${id(i)}"${isEmpty(part) ? ' class="empty"' : ''}>\n${heading}${lead ?? ''}\n${body}\n</section>`
  })
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>${escapeXml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeXml(title)}</h1>
<nav>${links.join('')}</nav>
${sections.join('\n')}
</main>
</body>
</html>
`
}

/** report.html: one file that loads nothing, follows light and dark mode, and prints. */
export const html = entry({
  summary: 'One self-contained page with the pictures in it.',
  options: z.object({}),
  create: (): Renderer => ({ extension: 'html', render: page }),
})
