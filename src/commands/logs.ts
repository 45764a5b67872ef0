import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Args, Flags } from '@oclif/core'
import { bytes } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { trialArgument } from './flags.ts'
import { commandLine } from './text/shell-quote.ts'

export default class Logs extends BaseCommand {
  static override summary = 'What a trial printed.'
  static override examples = [
    '<%= config.bin %> logs gamma-grid.3 17',
    '<%= config.bin %> logs gamma-grid.3 17 --stderr',
    '<%= config.bin %> logs gamma-grid 17 --follow',
  ]

  static override args = {
    id: Args.string({ description: 'Sweep, such as gamma-grid.3; a name means its latest start.', required: true }),
    trial: trialArgument,
  }

  static override flags = {
    follow: Flags.boolean({
      char: 'f',
      summary: 'Go on printing until the trial has ended.',
      env: 'SWEEP_FOLLOW',
      default: false,
    }),
    stderr: Flags.boolean({ summary: 'Its stderr instead of its stdout.', env: 'SWEEP_STDERR', default: false }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Logs)
    const { trialLog, followLog } = await import('../app/logs.ts')
    const stream = flags.stderr ? 'stderr' : 'stdout'
    const question = { workspace: this.workspace(flags.folder), id: args.id, trial: args.trial, stream } as const
    const log = trialLog(question)
    if (this.json) return this.answer({ ...log, trial: args.trial, stream }, () => [])
    if (log.folderGone) {
      this.say(
        `The folder of trial ${args.trial} of ${log.id} was removed: ${dirname(log.path)}. Its result is in the journal.`,
      )
    } else if (flags.follow) {
      await followLog({ ...question, onBytes: (part) => pipeline(part, process.stdout, { end: false }) })
    } else if (log.bytes > 0) {
      const { createReadStream } = await import('node:fs')
      await pipeline(createReadStream(log.path), process.stdout, { end: false })
    } else {
      this.say(`Trial ${args.trial} of ${log.id} has printed nothing on ${stream}.`)
    }
    if (log.bytes === 0 && log.otherBytes > 0 && !flags.stderr) {
      const command = commandLine('sweep', 'logs', log.id, String(args.trial), '--stderr')
      this.say(`Its stderr has ${bytes(log.otherBytes)}: ${command}`)
    }
  }
}
