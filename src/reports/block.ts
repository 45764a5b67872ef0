import type { SweepSnapshot } from '../trial/trial.ts'

/** A cell: text, or a number with how it is shown. Renderers align numbers right. */
export type Cell = string | { readonly value: number; readonly text: string }

/** What a section is made of; every renderer knows all of them. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'note'; readonly level: 'good' | 'info' | 'warn'; readonly text: string }
  | {
      readonly kind: 'table'
      readonly caption?: string
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
    }
  | {
      readonly kind: 'chart'
      /** File name under figures/, without ending. */
      readonly name: string
      /** What the picture shows, for those who cannot see it. */
      readonly alt: string
      /** ECharts option object; the renderer makes the SVG. */
      readonly option: Readonly<Record<string, unknown>>
      readonly width?: number
      readonly height?: number
    }
  | { readonly kind: 'code'; readonly language: string; readonly text: string }

/**
 * One section of the report. Pure apart from reading the trials' own files (details, predictions) under `sweepDir`.
 * Works on an empty sweep, on one trial and when every trial failed.
 */
export interface Section {
  readonly title: string
  /** @returns `'nothing to show'` when the sweep has nothing for it; the title then appears with those words. */
  render(context: ReportContext): Block[] | 'nothing to show'
}

export interface ReportContext {
  readonly snapshot: SweepSnapshot
  /** runs/<id>, absolute. */
  readonly sweepDir: string
  /** The sweep before this one of the same file, if there is one. */
  readonly previous?: SweepSnapshot
  /** Content of ensemble.json, if there is one. */
  readonly ensemble?: unknown
}

/** Blocks in, one file's content out. */
export interface Renderer {
  /** Ending of the file it makes: `md`, `html`. */
  readonly extension: string
  render(report: { readonly title: string; readonly blocks: readonly Block[] }): string
}
