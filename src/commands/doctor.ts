import { EnvironmentError } from '../base/errors.ts'
import { counted } from '../base/human-readable.ts'
import { BaseCommand } from './base-command.ts'
import { padded } from './text/width.ts'

export default class Doctor extends BaseCommand {
  static override summary = 'Look at what sweeps need of this machine, and say what to do about what is wrong.'
  static override description = 'Exit code 3 when something would make sweeps fail; warnings do not count.'
  static override examples = ['<%= config.bin %> doctor']

  async run(): Promise<void> {
    const { flags } = await this.parse(Doctor)
    const { examineMachine } = await import('../app/doctor.ts')
    const checks = await examineMachine(this.workspace(flags.folder))
    const failed = checks.filter((check) => check.state === 'fail')
    const paint = { ok: this.style.green, warn: this.style.yellow, fail: this.style.red }
    const width = Math.max(...checks.map((check) => check.name.length))
    this.answer({ healthy: failed.length === 0, checks }, () =>
      checks.flatMap(({ name, state, saw, advice }) => [
        `${paint[state](padded(state, 4, 'left'))}  ${padded(name, width, 'left')}  ${saw}`,
        ...(advice === undefined ? [] : [`${' '.repeat(width + 8)}-> ${advice}`]),
      ]),
    )
    if (failed.length > 0) {
      const names = failed.map((check) => check.name).join(', ')
      throw new EnvironmentError(`${counted(failed.length, 'check')} failed: ${names}.`, { code: 'DOCTOR_FAILED' })
    }
  }
}
