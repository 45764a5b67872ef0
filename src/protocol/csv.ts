/** Rows as RFC 4180 text with LF line ends: a field is quoted when it has to be. */
export function toCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('')
}

function field(value: string | number): string {
  const text = String(value)
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/**
 * Reads comma-separated rows with quoting, as the programs of other languages write them. For files of this
 * protocol, which are machine-written; people's data files are read with line numbers by trainer/data.
 *
 * @returns undefined when a quote is never closed
 */
export function parseCsv(text: string): string[][] | undefined {
  const rows: string[][] = []
  let row: string[] = []
  // One field with the delimiter behind it; sticky, so that nothing is skipped.
  const fieldPattern = /(?:"((?:[^"]|"")*)"|([^",\r\n][^,\r\n]*)?)(,|\r?\n|$)/y
  fieldPattern.lastIndex = text.startsWith('\uFEFF') ? 1 : 0
  while (fieldPattern.lastIndex < text.length) {
    const match = fieldPattern.exec(text)
    if (!match) return undefined
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
    if (match[3] === ',' && fieldPattern.lastIndex < text.length) continue
    if (match[3] === ',') row.push('')
    if (row.length > 1 || row[0] !== '') rows.push(row)
    row = []
  }
  return rows
}
