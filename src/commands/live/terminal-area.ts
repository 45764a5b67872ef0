import { fitted, visibleWidth } from '../text/width.ts'

/** The part of a terminal stream that is needed; `process.stderr` is one. */
export interface Terminal {
  readonly columns?: number
  readonly rows?: number
  write(text: string): unknown
}

const HIDE_CURSOR = '\u001b[?25l'
const SHOW_CURSOR = '\u001b[?25h'
const CLEAR_BELOW = '\u001b[J'

/**
 * A few lines at the bottom of the terminal that are redrawn in place. Each frame is one write, so nothing flickers.
 * The cursor comes back with `close`, and also when the process exits without it.
 */
export class TerminalArea {
  readonly #terminal: Terminal
  readonly #restore = () => this.close()
  #drawn: readonly string[] = []
  #open = false

  constructor(terminal: Terminal) {
    this.#terminal = terminal
  }

  get columns(): number {
    return this.#terminal.columns || 80
  }

  get rows(): number {
    return this.#terminal.rows || 24
  }

  /** Shows these lines instead of the ones before; what does not fit the window is cut. */
  draw(lines: readonly string[]): void {
    if (!this.#open) {
      this.#open = true
      process.once('exit', this.#restore)
    }
    // One column and one line less than there are: a full last line would scroll the window.
    const shown = lines.slice(0, Math.max(1, this.rows - 1)).map((line) => fitted(line, this.columns - 1))
    this.#terminal.write(`${HIDE_CURSOR}${this.#back()}${shown.map((line) => `${line}\n`).join('')}`)
    this.#drawn = shown
  }

  /** Removes what was drawn; what is written next stays above the next frame. */
  clear(): void {
    if (this.#drawn.length > 0) this.#terminal.write(this.#back())
    this.#drawn = []
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    process.off('exit', this.#restore)
    this.#terminal.write(SHOW_CURSOR)
  }

  /** To the start of the last frame. After a resize its lines may have wrapped: they are counted at today's width. */
  #back(): string {
    const rows = this.#drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(visibleWidth(line) / this.columns)), 0)
    return rows === 0 ? '' : `\u001b[${Math.min(rows, this.rows - 1)}A\r${CLEAR_BELOW}`
  }
}
