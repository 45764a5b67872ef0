import { Args, Flags } from '@oclif/core'
import { installers } from '../../schedules/index.ts'
import { MISSED, OVERLAP } from '../../schedules/schedule.ts'
import { BaseCommand } from '../base-command.ts'
import { everyValue, gpusFlag, reuseFlag, setFlag, slotsFlag } from '../flags.ts'

export default class ScheduleAdd extends BaseCommand {
  static override summary = 'Have this machine start a sweep by itself, every night say.'
  static override description =
    `Installs into what the machine already runs: a timer of your systemd, launchd on macOS, or else your
crontab. Absolute paths and the variables that sweeps need are kept, so that it works from a bare shell. A schedule of
the same name is replaced. A sweep that --until ended goes on the next time; a finished one is started anew.`
  static override examples = [
    '<%= config.bin %> schedule add nightly --at "0 2 * * *"',
    '<%= config.bin %> schedule add nightly --at 22:30 --until 07:00 --tz Europe/Berlin',
    '<%= config.bin %> schedule add weekend --sweep gamma-grid --at "0 8 * * SAT" --overlap queue --set seeds=5',
  ]

  static override args = {
    name: Args.string({
      description: 'Of the schedule, and of its sweep file unless --sweep is given.',
      required: true,
    }),
  }

  static override flags = {
    at: Flags.string({
      summary: 'When: five fields of cron (minute hour day month weekday), or a time for every day.',
      env: 'SWEEP_AT',
      helpValue: '"0 2 * * *"',
      required: true,
    }),
    until: Flags.string({
      summary: 'End of the window: a sweep that still runs is ended gracefully, and the next time goes on with it.',
      env: 'SWEEP_UNTIL',
      helpValue: '07:00',
    }),
    tz: Flags.string({
      summary: "Time zone of --at and --until; otherwise this machine's.",
      env: 'SWEEP_TZ',
      helpValue: 'Europe/Berlin',
    }),
    missed: Flags.option({
      summary:
        'When the machine was off at the time, or went down in the middle: run as soon as it is back, within the window, or skip.',
      env: 'SWEEP_MISSED',
      options: MISSED,
      default: 'run' as const,
    })(),
    overlap: Flags.option({
      summary: 'When the one before still runs: skip this one, queue it, or replace the one that runs.',
      env: 'SWEEP_OVERLAP',
      options: OVERLAP,
      default: 'skip' as const,
    })(),
    sweep: Flags.string({
      summary: 'Sweep file: its name in sweeps/, or a path; otherwise the one called as the schedule.',
      env: 'SWEEP_SWEEP',
      helpValue: 'NAME',
    }),
    set: setFlag,
    gpus: gpusFlag,
    slots: slotsFlag,
    reuse: reuseFlag,
    env: Flags.string({
      summary: 'Keep this variable, too, with its present value (readable by you only); may be given several times.',
      env: 'SWEEP_ENV',
      helpValue: 'NAME',
      multiple: true,
      multipleNonGreedy: true,
    }),
    with: Flags.string({
      summary: 'What is to wake it; otherwise the first that works here.',
      env: 'SWEEP_WITH',
      options: Object.keys(installers),
    }),
  }

  async run(): Promise<void> {
    const { args, flags } = await this.parse(ScheduleAdd)
    const workspace = this.workspace(flags.folder)
    const [{ addSchedule }, { addedLines }] = await Promise.all([
      import('../../app/schedule/add.ts'),
      import('../text/schedule-text.ts'),
    ])
    const { gpus, slots, reuse } = flags
    const added = await addSchedule({
      workspace,
      name: args.name,
      at: flags.at,
      missed: flags.missed,
      overlap: flags.overlap,
      ...(flags.until === undefined ? {} : { until: flags.until }),
      ...(flags.tz === undefined ? {} : { zone: flags.tz }),
      ...(flags.sweep === undefined ? {} : { sweep: flags.sweep }),
      ...(flags.with === undefined ? {} : { wokenBy: flags.with }),
      env: everyValue(flags.env),
      flags: {
        set: everyValue(flags.set),
        ...(gpus === undefined ? {} : { gpus }),
        ...(slots === undefined ? {} : { slots }),
        ...(reuse ? {} : { reuse }),
      },
    })
    this.answer(added, () => addedLines(added, { now: Date.now(), style: this.style }))
  }
}
