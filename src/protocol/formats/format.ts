import type { TrainerEvent } from '../event-line.ts'

/**
 * A format that other people's trainers already write, so that they need not be changed.
 *
 * One object serves one attempt and keeps its own place in the files. Whatever stands in them, nothing is thrown:
 * what is not understood is passed over. A format that finds nothing costs next to nothing.
 * The smallest example is `python-dict.ts`.
 */
export interface ReportFormat {
  /** One line of stdout, or one piece of it between carriage returns (progress bars). */
  parseLine?(line: string): TrainerEvent | undefined
  /** What it reads beside stdout. */
  readonly files?: FileFormat
}

export interface FileFormat {
  /** @param name the file's name without its folder */
  accepts(name: string): boolean
  /**
   * What has been written to the file since the last call.
   *
   * @param limit bytes to read at most, about
   */
  read(path: string, limit: number): FileReading
}

export interface FileReading {
  readonly events: readonly TrainerEvent[]
  /** The limit was reached; there is more to read now. */
  readonly behind: boolean
}
