/** What the machine is to do for a schedule: wake us at these minutes of every hour, and after every start. */
export interface Timer {
  /** Of the schedule. */
  readonly name: string
  /** Of the project, absolute. */
  readonly folder: string
  /** The command that decides what is due; absolute paths only, because it is run from a bare shell. */
  readonly argv: readonly string[]
  /** 0 to 59, ascending, at least one. */
  readonly minutes: readonly number[]
  /** Takes what the command says when it cannot even begin; absolute. */
  readonly log: string
}

/** Names one timer among those of all projects. */
export type TimerName = Pick<Timer, 'name' | 'folder'>

/**
 * Has one of the machine's own services wake us for a schedule.
 *
 * `install` may be called again for the same timer and replaces it; `remove` of what is not there does nothing. Neither
 * touches anything that is not this timer's. A wake-up more than asked for does no harm (what is due is decided
 * elsewhere), and none may kill what an earlier one still runs.
 * @throws {EnvironmentError} INSTALL_FAILED with the service's own words
 */
export interface Installer {
  /** Why it does not work on this machine, as `words, what to do`; undefined when it does. Changes nothing. */
  refusal(): Promise<string | undefined>
  /** @returns one sentence for people: what is where now */
  install(timer: Timer): Promise<string>
  /** @returns false when nothing was there */
  remove(timer: TimerName): Promise<boolean>
  /** Whether it is there as `install` would write it: `differs` = somebody or a newer release changed it. */
  look(timer: Timer): Promise<'installed' | 'differs' | 'missing'>
}
