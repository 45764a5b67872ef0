/** Colours for one stream; every function gives the text back as it is when colour is off. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

/**
 * FORCE_COLOR wins over NO_COLOR, as in Node itself; otherwise colour is for terminals only.
 * Not `util.styleText`: before Node 22.13 it knows neither variable.
 */
export function wantsColour(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): boolean {
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0'
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false
  return stream.isTTY === true && env.TERM !== 'dumb'
}

/** @param coloured usually {@link wantsColour} of the stream that is written to */
export function styleFor(coloured: boolean): Style {
  const paint = (open: number, close: number) =>
    coloured ? (text: string) => `\u001b[${open}m${text}\u001b[${close}m` : (text: string) => text
  return {
    bold: paint(1, 22),
    dim: paint(2, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  }
}

export const plain: Style = styleFor(false)
