import { statSync } from 'node:fs'
import { Command, Flags } from '@oclif/core'
import { openWorkspace, type Workspace } from '../app/workspace.ts'
import { UserError } from '../base/errors.ts'
import { type ErrorReport, errorLines, reportOf } from './error-report.ts'
import { jsonText } from './text/json-text.ts'
import { commandLine } from './text/shell-quote.ts'
import { type Style, styleFor, wantsColour } from './text/style.ts'

/**
 * What all commands share: `--json`, `--folder`, how errors are printed and which exit code they give.
 * Data goes to stdout, talk to stderr. What a command needs beyond its flags it imports in `run`, so that
 * `sweep --help` loads nothing of it.
 */
export abstract class BaseCommand extends Command {
  static override baseFlags = {
    json: Flags.boolean({
      summary: 'Print one JSON object instead of text.',
      env: 'SWEEP_JSON',
      helpGroup: 'GLOBAL',
    }),
    folder: Flags.string({
      summary: 'Folder that holds sweeps/, search-spaces/, runs/ and reports/; otherwise the current one.',
      env: 'SWEEP_FOLDER',
      helpValue: 'PATH',
      helpGroup: 'GLOBAL',
    }),
  }

  /** For what goes to stdout. */
  protected readonly style: Style = styleFor(wantsColour(process.stdout))
  /** For what goes to stderr. */
  protected readonly talkStyle: Style = styleFor(wantsColour(process.stderr))
  #spoke = false
  #unwritable = false

  /** The command as it is typed: `schedule add`. */
  get #words(): string {
    return (this.id ?? '').replaceAll(':', ' ')
  }

  /** True when --json was typed or set; also before the flags were parsed, for errors in the flags themselves. */
  protected get json(): boolean {
    const own = this.argv.includes('--') ? this.argv.slice(0, this.argv.indexOf('--')) : this.argv
    if (own.includes('--no-json')) return false
    return own.includes('--json') || /^(1|true|yes|y)$/i.test(process.env.SWEEP_JSON ?? '')
  }

  /** @throws {UserError} FOLDER_MISSING */
  protected workspace(folder: string | undefined): Workspace {
    const workspace = openWorkspace(folder)
    if (statSync(workspace.folder, { throwIfNoEntry: false })?.isDirectory()) return workspace
    throw new UserError(`The folder ${workspace.folder} does not exist. Nothing was done.`, {
      code: 'FOLDER_MISSING',
      suggestions: [commandLine('mkdir', '-p', workspace.folder)],
    })
  }

  /** Prints the answer, once: the object with --json, the lines otherwise. */
  protected answer(data: object, lines: () => readonly string[]): void {
    this.#spoke = true
    if (this.json) this.log(jsonText(data))
    else for (const line of lines()) this.log(line)
  }

  /** What --json says of an error: also part of an answer that fell short of what was asked for. */
  protected errorObject(error: unknown): Omit<ErrorReport, 'stack'> {
    const { stack: _, ...short } = reportOf(error, { command: this.#words, flags: [], parsed: true })
    return short
  }

  /** For people only; on stderr, so that stdout stays clean. */
  protected say(line: string): void {
    process.stderr.write(`${line}\n`)
  }

  /** What reads our output may stop reading, and what it is written to may be full: neither is a bug of ours. */
  protected override async init(): Promise<void> {
    await super.init()
    // oclif's own listener throws whatever is not EPIPE.
    process.stdout.removeAllListeners('error').on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE' || this.#unwritable) return
      this.#unwritable = true
      process.exitCode = 3
      this.say(`Error: what was asked for could not be printed: ${error.message}. Everything else was done.`)
    })
    process.stderr.on('error', () => undefined)
  }

  protected override async catch(error: Error & { code?: string; oclif?: { exit?: number } }): Promise<void> {
    if (error.code === 'EEXIT') throw error
    if (error.code === 'EPIPE') return
    const flags = Object.keys({ ...this.ctor.flags, ...this.ctor.baseFlags })
    const report = reportOf(error, { command: this.#words, flags, parsed: this.parsed })
    process.exitCode = report.exitCode
    const { stack, ...short } = report
    // With --json exactly one object goes to stdout: a second one would not parse.
    if (this.json && !this.#spoke) this.log(jsonText({ error: short }))
    if (!this.json || stack !== undefined || this.#spoke) {
      for (const line of errorLines(report, this.talkStyle, this.config.userAgent)) this.say(line)
    }
  }
}
