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
