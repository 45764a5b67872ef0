import type { Added } from '../../app/schedule/add.ts'
import type { ListedFiring, ListedSchedule } from '../../app/schedule/list.ts'
import { counted, duration } from '../../base/human-readable.ts'
import { metricText } from '../../reports/numbers.ts'
import type { Firing } from '../../schedules/firing.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { timeIn } from '../../schedules/zone.ts'
import { commandLine } from './shell-quote.ts'
import type { Style } from './style.ts'
import { facts } from './table.ts'
import { dateTime } from './time-text.ts'

interface Shown {
  readonly now: number
  readonly style: Style
}

/** What `sweep schedule add` did. */
export function addedLines(added: Added, { now, style }: Shown): string[] {
  const { schedule, zone, next, installed, refused, kept, leftOut, replaced } = added
  const { name } = schedule
  const zoneIsLocal = schedule.zone === undefined
  return [
    `${style.bold(name)} is ${replaced ? 'replaced' : 'scheduled'}: ${ruleText(schedule, zone)}.`,
    ...facts([
      ['  next', nextText(next, { zone, zoneIsLocal, now })],
      ['  woken', installed],
      ...refused.map(({ name: other, why }) => ['', `not by ${other}: ${why}`] as const),
      ['  kept', `${counted(kept.length, 'variable')} of this shell (schedules/${name}/schedule.json)`],
    ]),
    ...(schedule.wokenBy === 'none'
      ? [
          `  ${style.yellow('Nothing of this machine wakes it')}: it fires only while ${commandLine('sweep', 'schedule', 'run')} runs.`,
        ]
      : []),
    ...(leftOut.length === 0
      ? []
      : [
          `  ${style.yellow('not kept')}, because they look like secrets: ${leftOut.join(', ')}. To keep one: --env ${leftOut[0]}`,
        ]),
    `  ${commandLine('sweep', 'schedule', 'list')}`,
  ]
}

/** One schedule with its last results. */
export function listedLines(listed: ListedSchedule, { now, style }: Shown): string[] {
  const { schedule, zone, zoneIsLocal, next, timer, firings } = listed
  const state = { installed: style.green('installed'), differs: style.yellow('differs'), missing: style.red('missing') }
  const by =
    schedule.wokenBy === 'none' ? '"sweep schedule run", while it runs' : `${schedule.wokenBy} (${state[timer]})`
  const advice = timer === 'installed' ? '' : `: add it again, or look with ${commandLine('sweep', 'doctor')}`
  return [
    `${style.bold(schedule.name)}  ${ruleText(schedule, zone)}`,
    ...facts([
      ['  next', nextText(next, { zone, zoneIsLocal, now })],
      ['  woken by', `${by}${advice}`],
      ...firings.flatMap((firing, index) => [
        [index === 0 ? '  last' : '', `${dateTime(firing.dueAt)}  ${firingLine(firing, style)}`] as const,
        ['', style.dim(firing.log)] as const,
      ]),
      ...(firings.length === 0 ? [['  last', 'never yet'] as const] : []),
    ]),
  ]
}

/** `sweep nightly at "0 2 * * *" (Europe/Berlin) until 07:00, missed: run, overlap: skip`. */
function ruleText({ sweep, at, until, missed, overlap, flags }: Omit<Schedule, 'environment'>, zone: string): string {
  const { set, gpus, slots, reuse } = flags
  const extra = [
    ...(gpus === undefined ? [] : ['--gpus', gpus]),
    ...(slots === undefined ? [] : ['--slots', String(slots)]),
    ...(reuse === false ? ['--no-reuse'] : []),
    ...set.flatMap((pair) => ['--set', pair]),
  ]
  const window = until === undefined ? '' : ` until ${until}`
  const more = extra.length === 0 ? '' : `, with ${commandLine(...extra)}`
  return `sweep ${sweep} at "${at}" (${zone})${window}, missed: ${missed}, overlap: ${overlap}${more}`
}

function nextText(
  next: readonly number[],
  { zone, zoneIsLocal, now }: { readonly zone: string; readonly zoneIsLocal: boolean; readonly now: number },
): string {
  const [first] = next
  if (first === undefined) return 'never'
  const elsewhere = zoneIsLocal ? '' : ` here, ${timeIn(zone, first)} in ${zone}`
  const then = next.slice(1).map((at) => dateTime(at))
  return `${dateTime(first)}${elsewhere} (in ${duration(first - now)}), then ${then.join(' and ')}`
}

/** One line of `sweep schedule run` when it begins to wait. */
export function nextLine(next: { readonly name: string; readonly at: number } | undefined, now: number): string {
  if (next === undefined) return 'No schedule is there to wait for; those that are added will be noticed.'
  return `Waiting for ${next.name} at ${dateTime(next.at)} (in ${duration(next.at - now)}).`
}

const WORDS: Readonly<Record<Firing['outcome'], string>> = {
  waiting: 'waits for the one before',
  running: 'running',
  finished: 'finished',
  window: 'ended by its window, goes on the next time',
  failed: 'failed',
  stopped: 'stopped by a person',
  ended: 'broken off',
  replaced: 'replaced by the next one',
  skipped: 'skipped',
}

/** `finished in 4 h 32 min  nightly.3  val/macro_f1 0.6213 (12 completed)  exit 0`. */
export function firingLine(firing: Firing | ListedFiring, style: Style): string {
  const { outcome, reason, sweep, best, completed, failed = 0, exitCode, startedAt, endedAt } = firing
  const died = 'died' in firing && firing.died
  const word = died ? 'broken off: its process or the machine died' : WORDS[outcome]
  const paint = died || outcome === 'failed' ? style.red : outcome === 'finished' ? style.green : style.yellow
  const took = endedAt === undefined || outcome === 'skipped' ? '' : ` in ${duration(endedAt - startedAt)}`
  const why = reason === undefined || outcome === 'window' || outcome === 'finished' ? '' : `: ${reason}`
  return [
    `${paint(word)}${took}${why}`,
    sweep ?? '',
    best === undefined ? '' : `${best.metric} ${metricText(best.mean)}`,
    completed === undefined ? '' : `${completed} completed`,
    failed === 0 ? '' : style.red(`${failed} failed`),
    exitCode === undefined ? '' : `exit ${exitCode}`,
  ]
    .filter((part) => part !== '')
    .join('  ')
}
