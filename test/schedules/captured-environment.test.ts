import { describe, expect, it } from 'vitest'
import { UserError } from '../../src/base/errors.ts'
import { captureEnvironment } from '../../src/schedules/captured-environment.ts'

const SHELL = {
  PATH: '/home/ann/venv/bin:/usr/bin',
  HOME: '/home/ann',
  VIRTUAL_ENV: '/home/ann/venv',
  CUDA_VISIBLE_DEVICES: '0,1',
  LD_LIBRARY_PATH: '/usr/local/cuda/lib64',
  SWEEP_LEASE_DIR: '/var/leases',
  PS1: '$ ',
  OLDPWD: '/home',
}

describe('the environment kept for a schedule', () => {
  it('holds what a sweep needs and nothing else of the shell', () => {
    const { environment, leftOut } = captureEnvironment(SHELL)
    expect(Object.keys(environment)).toEqual([
      'CUDA_VISIBLE_DEVICES',
      'HOME',
      'LD_LIBRARY_PATH',
      'PATH',
      'SWEEP_LEASE_DIR',
      'VIRTUAL_ENV',
    ])
    expect(leftOut).toEqual([])
  })

  it('never holds what looks like a secret, by name or by value, and says so', () => {
    const secrets = {
      SWEEP_SLACK_WEBHOOK: 'https://example.org/1',
      SWEEP_API_KEY: 'x',
      SWEEP_NTFY_TOKEN: 'x',
      SWEEP_MAIL_PASSWORD: 'x',
      SWEEP_NOTIFY: 'https://hooks.slack.com/services/T0/B0/abc',
      https_proxy: 'http://ann:hunter2@proxy:3128',
      HF_HOME: 'hf_abcdefghijklmnop',
      UV_INDEX: 'https://:pw@registry.example.org/simple',
    }
    const { environment, leftOut } = captureEnvironment({ ...SHELL, ...secrets })
    expect(leftOut).toEqual(Object.keys(secrets).sort())
    expect(JSON.stringify(environment)).not.toMatch(/hunter2|hooks\.slack|hf_abc/)
    // What only resembles one is kept.
    expect(captureEnvironment({ http_proxy: 'http://proxy:3128', HF_HOME: '/data/hf' }).leftOut).toEqual([])
  })

  it('holds what a person names, whatever it looks like, and refuses what is not set', () => {
    const shell = { ...SHELL, SLACK_WEBHOOK: 'https://hooks.slack.com/services/T0/B0/abc' }
    expect(captureEnvironment(shell).environment.SLACK_WEBHOOK).toBeUndefined()
    expect(captureEnvironment(shell, ['SLACK_WEBHOOK']).environment.SLACK_WEBHOOK).toBe(shell.SLACK_WEBHOOK)
    expect(() => captureEnvironment(SHELL, ['SLACK_WEBHOK'])).toThrow(UserError)
  })

  it('leaves out the flags of the command that adds and what one process told its child', () => {
    const flags = { SWEEP_JSON: '1', SWEEP_GPUS: '0', SWEEP_AT: '0 2 * * *', SWEEP_TRIAL_DIR: '/x', SWEEP_FOLDER: '/y' }
    expect(Object.keys(captureEnvironment(flags).environment)).toEqual([])
  })
})
