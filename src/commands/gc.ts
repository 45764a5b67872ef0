import { Args, Flags } from '@oclif/core'
import type { GcOutcome, GcPart } from '../app/gc/gc.ts'
import { bytes, counted } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'

export default class Gc extends BaseCommand {
  static override summary = 'Show what of the disk ended sweeps no longer need, and free it with --yes.'
  static override description =
    `Checkpoints of trials that completed, weights of all but the best configurations and of ensembles, temporary files of
processes that died, and features that no sweep has read for a month. Journals, params, metrics, predictions, details and
logs stay, so that rankings, reports and ensembles can be made again at any time. Trials that a resume or a retry would go
on with keep their checkpoints, a running sweep is not touched, and no link is followed.`
  static override examples = [
    '<%= config.bin %> gc',
    '<%= config.bin %> gc --yes',
    '<%= config.bin %> gc gamma-grid.3 --top 1 --yes',
  ]

  static override args = {
    id: Args.string({ description: 'One sweep, such as gamma-grid.3, or the latest of a name; nothing means all.' }),
  }

  static override flags = {
    yes: Flags.boolean({ summary: 'Free it, instead of only showing it.', default: false }),
    top: Flags.integer({
      summary: 'Configurations whose weights stay; otherwise 5.',
      env: 'SWEEP_TOP',
      min: 0,
      helpValue: 'N',
    }),
    failed: Flags.boolean({
      summary: 'Also checkpoints and weights of failed and cancelled trials, which a retry would go on from.',
      default: false,
    }),
    'cache-days': Flags.integer({
      summary: 'Days for which computed features stay in the cache unread; otherwise 30.',
      env: 'SWEEP_CACHE_DAYS',
      min: 0,
      helpValue: 'N',
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(Gc)
    const { gcSweeps } = await import('../app/gc/gc.ts')
    const outcome = gcSweeps({
      workspace: this.workspace(flags.folder),
      remove: flags.yes,
      failed: flags.failed,
      ...(args.id === undefined ? {} : { sweeps: [args.id] }),
      ...(flags.top === undefined ? {} : { top: flags.top }),
      ...(flags['cache-days'] === undefined ? {} : { cacheDays: flags['cache-days'] }),
    })
    this.answer(outcome, () => gcLines(outcome))
  }
}

/** One line for each sweep that has something, then the sum and what to do. */
function gcLines({ parts, files, bytes: size, removed, notes }: GcOutcome): string[] {
  const width = Math.max(0, ...parts.map(({ id = 'others' }) => id.length))
  const lines = parts.map((part) => `${(part.id ?? 'others').padEnd(width)}  ${partWords(part)}`)
  const sum = `${bytes(size)} in ${counted(files, 'file')}`
  if (files === 0) return [...lines, ...notes, removed ? 'Nothing was freed.' : 'There is nothing to free.']
  return [...lines, ...notes, removed ? `Freed ${sum}.` : `${sum} can be freed. To do it: sweep gc --yes`]
}

function partWords({ bytes: sizes, skipped }: GcPart): string {
  if (skipped !== undefined) return `not touched: ${skipped}`
  return Object.entries(sizes)
    .map(([kind, size]) => `${kind} ${bytes(size)}`)
    .join(', ')
}
