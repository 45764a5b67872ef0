import { describe, expect, it } from 'vitest'
import { BugError, ProblemsError, UserError } from '../../src/base/errors.ts'
import { errorLines, reportOf } from '../../src/commands/error-report.ts'
import { plain } from '../../src/commands/text/style.ts'

const context = { command: 'start', flags: ['watch', 'json'], parsed: true }

describe('what is said of an error', () => {
  it('has the code in brackets and each suggestion on a line of its own', () => {
    const error = new UserError('There is no sweep "x".', { code: 'SWEEP_UNKNOWN', suggestions: ['sweep status'] })
    expect(errorLines(reportOf(error, context), plain, 'v')).toEqual([
      'Error: There is no sweep "x". [SWEEP_UNKNOWN]',
      '  Try: sweep status',
    ])
  })

  it('keeps all problems of a file for programs, and their own places for people', () => {
    const problem = { code: 'KEY_UNKNOWN', where: { file: 'sweeps/a.yaml', line: 3 }, message: 'Unknown key.' }
    const report = reportOf(new ProblemsError([problem], 'Nothing was started.'), context)
    expect(report.problems).toEqual([problem])
    expect(report.exitCode).toBe(2)
    expect(errorLines(report, plain, 'v')[0]).toBe(
      'Error: sweeps/a.yaml:3: Unknown key. [KEY_UNKNOWN]\nNothing was started.',
    )
  })

  it('blames the machine for what the operating system refuses', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), {
      code: 'ENOSPC',
      syscall: 'write',
    })
    expect(reportOf(full, context)).toMatchObject({ code: 'DISK_FULL', exitCode: 3 })
  })

  it('takes every error for one of the command line until that was read', () => {
    const report = reportOf(new Error('Expected an integer but received: x'), { ...context, parsed: false })
    expect(report).toMatchObject({ code: 'USAGE', exitCode: 2, suggestions: ['sweep start --help'] })
    expect(report.message).toBe('sweep start: Expected an integer but received: x. Nothing was done.')
  })

  it('says where a bug is, and of which version', () => {
    const foreseen = reportOf(new BugError('A state that cannot be.'), context)
    expect(foreseen.exitCode).toBe(70)
    const unforeseen = reportOf(new TypeError('x is not a function'), context)
    expect(unforeseen).toMatchObject({ code: 'UNEXPECTED', exitCode: 1 })
    expect(errorLines(unforeseen, plain, 'sweep/1').join('\n')).toMatch(/sweep\/1[\s\S]*error-report\.test/)
  })
})
