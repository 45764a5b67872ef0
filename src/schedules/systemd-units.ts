import type { Timer } from './installer.ts'
import { unitName } from './unit-name.ts'

/** The two files that make systemd wake us, as text. @source systemd.timer(5), systemd.service(5), systemd.syntax(7) */
export interface Units {
  readonly name: string
  readonly service: string
  readonly timer: string
}

/** An older systemd refuses a property that it does not know, and with it the whole night. */
const KNOWS_OOM_POLICY = 243

/**
 * @param systemdRun absolute path of systemd-run, and the version of systemd; 0 = unknown. Each wake-up gets a unit of its own, because a service that still runs
 * is not started again: a night that lasts until the next would never be queued or replaced, and not even be skipped in
 * a way that `list` could tell.
 */
export function systemdUnits(timer: Timer, [systemdRun, version]: readonly [path: string, version: number]): Units {
  const name = unitName(timer)
  // process: a shutdown tells only us, and we stop the trials gracefully. Should we die, systemd leaves keeper and trials
  // alone, so that on_orchestrator_death holds and the next wake-up adopts them; with mixed or control-group, they died too.
  const own = ['--property=KillMode=process', '--property=TimeoutStopSec=5min']
  // A trial that the kernel kills for its memory is one trial; by default all that runs in the unit ends with it.
  const survives = version < KNOWS_OOM_POLICY ? [] : ['--property=OOMPolicy=continue']
  const command = [systemdRun, '--user', '--collect', '--quiet', ...own, ...survives, ...timer.argv.map(dollarKept)]
  const minutes = timer.minutes.length === 60 ? '*' : timer.minutes.map((m) => String(m).padStart(2, '0')).join(',')
  const about = `sweep schedule ${timer.name} of ${timer.folder}`.replaceAll('%', '%%').replaceAll(/[\n\r]/g, ' ')
  return {
    name,
    service: [
      '[Unit]',
      `Description=${about}`,
      '',
      '[Service]',
      'Type=oneshot',
      `ExecStart=${command.map(unitQuoted).join(' ')}`,
      '',
    ].join('\n'),
    timer: [
      '[Unit]',
      `Description=${about}`,
      '',
      '[Timer]',
      `OnCalendar=*-*-* *:${minutes}:00`,
      '# After a restart: what was broken off goes on.',
      'OnStartupSec=1min',
      'AccuracySec=1s',
      '',
      '[Install]',
      'WantedBy=timers.target',
      '',
    ].join('\n'),
  }
}

/** systemd-run hands its command on to the service manager, which replaces variables a second time. @source systemd-run(1) */
function dollarKept(word: string): string {
  return word.replaceAll('$', '$$$$')
}

/** Quotes one word of ExecStart: percent signs and dollars stand for something there. */
function unitQuoted(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
  return `"${escaped.replaceAll('%', '%%').replaceAll('$', '$$$$')}"`
}
