/**
 * One CSV file: RFC 4180 quoting, CRLF-free lines, a newline at the end.
 *
 * Text that a spreadsheet would run as a formula (it starts with = + - @, a tab or a carriage return) is given a
 * leading apostrophe, as OWASP advises; numbers are written as they are, so -0.5 stays a number. NaN and infinities are
 * empty.
 */
export function csvText(rows: readonly (readonly (string | number | undefined)[])[]): string {
  return rows.map((row) => `${row.map(field).join(',')}\n`).join('')
}

function field(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** Reads CSV of any source: quotes, CRLF, commas and newlines in quotes. Empty lines are left out. */
export function parseCsv(text: string): string[][] {
  const rows: string[][] = []
  let row: string[] = []
  // One match a field: a quoted or plain value, and what ends it.
  const pattern = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy
  const source = text.replace(/^\uFEFF/, '')
  for (let match = pattern.exec(source); match !== null; match = pattern.exec(source)) {
    row.push(match[1] === undefined ? (match[2] ?? '') : match[1].replaceAll('""', '"'))
    if (match[3] === ',') continue
    if (row.some((value) => value !== '')) rows.push(row)
    row = []
    if (match[3] === '') break
  }
  return rows
}
