import { once } from 'node:events'
import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { EnvironmentError } from '../../base/errors.ts'

/** Where predictions go. */
export interface OutputFile {
  write(text: string): Promise<void>
  /** All is written: the file takes its place. */
  finish(): void
  /** Leaves what was there before. */
  abandon(): void
}

/** @param file absent: stdout, whose reader decides how fast it goes */
export function openOutput(file: string | undefined): OutputFile {
  return file === undefined ? standardOutput : partialFile(file)
}

const standardOutput: OutputFile = {
  write: async (text) => {
    if (text !== '' && !process.stdout.write(text)) await once(process.stdout, 'drain')
  },
  finish: () => undefined,
  abandon: () => undefined,
}

/** Under another name until it is whole, so that nobody takes half of it for all. */
function partialFile(file: string): OutputFile {
  const partial = `${file}.part`
  const fd = guarded(file, () => openSync(partial, 'w'))
  const tidyUp = () => rmSync(partial, { force: true })
  process.once('exit', tidyUp)
  return {
    write: async (text) => {
      const bytes = Buffer.from(text)
      for (let done = 0; done < bytes.length; ) done += guarded(file, () => writeSync(fd, bytes, done))
    },
    finish: () => {
      guarded(file, () => {
        closeSync(fd)
        renameSync(partial, file)
        process.off('exit', tidyUp)
      })
    },
    abandon: () => {
      try {
        closeSync(fd)
      } finally {
        tidyUp()
      }
    },
  }
}

function guarded<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new EnvironmentError(`The predictions could not be written to ${file}: ${reason}.`, {
      code: 'FILES_REFUSED',
      cause,
    })
  }
}
