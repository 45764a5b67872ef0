import { EnvironmentError } from '../base/errors.ts'
import type { codes } from './codes.ts'

/** The system errors that a person can mend by looking after the disk, in words. */
const IN_WORDS: Readonly<Record<string, readonly [seen: string, remedy: string]>> = {
  ENOSPC: ['the disk is full', 'free some space'],
  EDQUOT: ['your disk quota is used up', 'free some space'],
  EACCES: ['this user may not write there', 'give yourself write permission on the folder'],
  EPERM: ['this user may not write there', 'give yourself write permission on the folder'],
  EROFS: ['that disk is mounted read-only', 'mount it writable, or keep the sweep on another disk'],
  EFBIG: ['it would be larger than this process may make a file', 'raise the limit (ulimit -f)'],
  EIO: ['the disk reports an input/output error', 'look into the system log; the disk may be failing'],
  ENOENT: ['its folder was removed', 'put the folder back'],
  ENOTDIR: ['a part of that path is a file', 'move that file away'],
}

const CODE: keyof typeof codes = 'JOURNAL_UNWRITABLE'

/** @returns an EnvironmentError for trouble with the disk, or the error itself when it is something else */
export function diskError(error: unknown, path: string, outcome: string): unknown {
  const words = IN_WORDS[(error as NodeJS.ErrnoException).code ?? '']
  if (words === undefined) return error
  const [seen, remedy] = words
  return new EnvironmentError(`${path} cannot be written: ${seen}. ${outcome}`, {
    code: CODE,
    suggestions: [`${remedy}, then resume the sweep`],
    cause: error,
  })
}

/** Runs `work` and puts its disk errors into words. */
export function withDiskErrors<T>(path: string, outcome: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw diskError(error, path, outcome)
  }
}
