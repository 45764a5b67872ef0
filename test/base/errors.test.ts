import { describe, expect, it } from 'vitest'
import { BugError, EnvironmentError, ProblemsError, placeOf, UserError } from '../../src/base/errors.ts'

describe('errors', () => {
  it('carry their code, suggestions, cause and exit code', () => {
    const cause = new Error('disk')
    const error = new EnvironmentError('It failed.', { code: 'X', suggestions: ['do this'], cause })
    expect(error).toMatchObject({ name: 'EnvironmentError', code: 'X', suggestions: ['do this'], exitCode: 3, cause })
    expect(error.oclif).toEqual({ exit: 3 })
    expect(new UserError('m', { code: 'Y' })).toMatchObject({ exitCode: 2, suggestions: [], ref: undefined })
  })

  it('ask for a report when they are bugs', () => {
    expect(new BugError('Trial 3 is gone.').message).toMatch(/^Trial 3 is gone\. .*please report/)
  })

  it('show all problems of a file at once, each with place, fix and code, then what happened to the work', () => {
    const error = new ProblemsError(
      [
        { code: 'A', where: { file: 'sweeps/a.yaml', line: 14 }, message: 'x is 1.', fix: 'x: 2' },
        { code: 'B', where: '--gpus', message: 'y is missing.' },
      ],
      'Nothing was started.',
    )
    expect(error.message).toBe(
      'sweeps/a.yaml:14: x is 1. Try: x: 2 [A]\n--gpus: y is missing. [B]\nNothing was started.',
    )
    expect(placeOf({ code: 'A', where: { file: 'a' }, message: '' })).toBe('a')
  })
})
