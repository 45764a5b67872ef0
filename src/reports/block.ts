import type { SweepSnapshot } from '../trial/trial.ts'

/** `good` and `warn` are judgements, `plain` is none. */
export type Tone = 'good' | 'warn' | 'plain'

/** A cell: text, a number with how it is shown, or a judgement. Renderers align numbers right. */
export type Cell =
  | string
  | { readonly value: number; readonly text: string }
  | { readonly tone: Tone; readonly text: string }

/** One of the few numbers that a reader sees first. */
export interface KeyFigure {
  readonly label: string
  readonly value: string
  readonly detail?: string
  readonly tone?: Tone
}

/** What a section is made of; every renderer knows all of them. Text is plain text: renderers escape it. */
export type Block =
  | { readonly kind: 'heading'; readonly level: 2 | 3; readonly text: string }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'note'; readonly level: 'good' | 'info' | 'warn'; readonly text: string }
  | {
      readonly kind: 'table'
      readonly caption?: string
      readonly columns: readonly string[]
      readonly rows: readonly (readonly Cell[])[]
      /** Row to be stressed, such as the winner's. */
      readonly stressed?: number
      /** Shown only on demand where a renderer can: for long tables that few will read. */
      readonly folded?: boolean
    }
  | { readonly kind: 'figures'; readonly items: readonly KeyFigure[] }
  | {
      readonly kind: 'chart'
      /** File name under figures/, without ending. */
      readonly name: string
      /** What the picture shows, for those who cannot see it. */
      readonly alt: string
      /** What to look for in it. */
      readonly caption?: string
      /** ECharts option object, colours from `palette.ts` only; drawn once and handed to the renderers as SVG. */
      readonly option: Readonly<Record<string, unknown>>
      /** @default 960 */
      readonly width?: number
      /** @default 320 */
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

/** All that a section may look at. */
export interface ReportContext {
  readonly snapshot: SweepSnapshot
  /** runs/<id>, absolute. */
  readonly sweepDir: string
  /** The sweep before this one of the same file, if there is one. */
  readonly previous?: SweepSnapshot
  /** Content of ensemble.json, if there is one. */
  readonly ensemble?: unknown
}

/** A report ready to be written down. */
export interface Report {
  readonly title: string
  readonly blocks: readonly Block[]
  /** SVG text of every chart block, by its name. */
  readonly figures: ReadonlyMap<string, string>
}

/** Blocks in, one file's content out. Pure; escapes every text, for all of it comes from data. */
export interface Renderer {
  /** Ending of the file it makes: `md`, `html`. */
  readonly extension: string
  render(report: Report): string
}
