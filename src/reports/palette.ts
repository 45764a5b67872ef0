/**
 * The colours of all pictures, by what they mean. Charts use the light ones as they are; the HTML page replaces each
 * by a variable, so that a picture follows the reader's light or dark mode. Each light colour therefore occurs once.
 *
 * Series colours differ in lightness too (for colour-blind readers and grey printing).
 */
export const PALETTE = {
  ink: { light: '#1f2430', dark: '#e8eaf0' },
  muted: { light: '#626a7a', dark: '#9aa3b5' },
  line: { light: '#dde1e8', dark: '#343a48' },
  surface: { light: '#fefefe', dark: '#171a21' },
  faint: { light: '#b4bccb', dark: '#4b5365' },
  accent: { light: '#2563c9', dark: '#74a7ff' },
  second: { light: '#d9730c', dark: '#ffab5e' },
  third: { light: '#1f8a5b', dark: '#5fd19a' },
  fourth: { light: '#8a4bd0', dark: '#c39bff' },
  fifth: { light: '#b83280', dark: '#ff8ac6' },
  sixth: { light: '#0f7c8c', dark: '#5ccfe0' },
  good: { light: '#1a7f4b', dark: '#58cc8f' },
  warn: { light: '#b4510a', dark: '#ffb066' },
} as const

export type ColourName = keyof typeof PALETTE

/** @returns the colour that charts are to use; see {@link PALETTE} */
export function colour(name: ColourName): string {
  return PALETTE[name].light
}

const SERIES: readonly ColourName[] = ['accent', 'second', 'third', 'fourth', 'fifth', 'sixth']

/** @returns the colour of the i-th series; they repeat after six */
export function seriesColour(i: number): string {
  return colour(SERIES[i % SERIES.length] as ColourName)
}
