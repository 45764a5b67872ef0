// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what a colour sequence begins with
const SEQUENCE = /\u001b\[[0-9;]*m/g

/** Columns that a text takes on a terminal; colour sequences take none. */
export function visibleWidth(text: string): number {
  return [...text.replace(SEQUENCE, '')].length
}

/** Cuts a line to `columns`, with an ellipsis for what is left out; colours are closed again. */
export function fitted(line: string, columns: number): string {
  if (visibleWidth(line) <= columns) return line
  let room = Math.max(0, columns - 1)
  let out = ''
  let coloured = false
  for (let at = 0; at < line.length && room > 0; ) {
    const sequence = sequenceAt(line, at)
    const piece = sequence ?? String.fromCodePoint(line.codePointAt(at) as number)
    if (sequence === undefined) room--
    else coloured = true
    out += piece
    at += piece.length
  }
  return `${out}${columns > 0 ? '…' : ''}${coloured ? '\u001b[0m' : ''}`
}

function sequenceAt(line: string, at: number): string | undefined {
  if (line.charCodeAt(at) !== 27) return undefined
  SEQUENCE.lastIndex = at
  const found = SEQUENCE.exec(line)
  SEQUENCE.lastIndex = 0
  return found?.index === at ? found[0] : undefined
}

/** Fills up with spaces; numbers go right, words go left. */
export function padded(text: string, columns: number, align: 'left' | 'right'): string {
  const fill = ' '.repeat(Math.max(0, columns - visibleWidth(text)))
  return align === 'right' ? fill + text : text + fill
}
