/** What `--json` prints carries this number; it grows when a field changes its meaning or goes away. */
const JSON_VERSION = 1

/** One object, indented, ending without a newline. JSON has no NaN and no infinities: they become strings. */
export function jsonText(data: object): string {
  return JSON.stringify({ version: JSON_VERSION, ...data }, specialNumbers, 2)
}

function specialNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value
}
