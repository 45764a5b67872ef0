import { execFile } from 'node:child_process'
import { firstLine } from './smi-output.ts'

/** How a vendor's tool is asked. */
export interface Asked {
  /** Searched for the tool. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds that it may take; a driver in trouble lets it hang for ever. */
  readonly timeoutMs: number
}

/** What it said; a tool that is not installed says nothing, which is no problem. */
export interface Said {
  readonly text: string
  readonly problem?: string
}

/** Asks one of the vendors' tools. Never throws, and never waits longer than its time limit. */
export function askTool(tool: string, argv: readonly string[], { env, timeoutMs }: Asked): Promise<Said> {
  return new Promise((resolve) => {
    const options = { env: { ...env, LC_ALL: 'C' }, timeout: timeoutMs, killSignal: 'SIGKILL' } as const
    const child = execFile(tool, argv, options, (error, stdout, stderr) => {
      clearTimeout(stuck)
      if (error === null) resolve({ text: stdout })
      else if (error.code === 'ENOENT') resolve({ text: '' })
      else if (error.killed) resolve(hangs(tool, timeoutMs))
      else resolve(failed(tool, firstLine(stdout) || firstLine(stderr) || firstLine(error.message)))
    })
    // A tool that waits inside the driver does not even die of SIGKILL; we must not wait for it.
    const stuck = setTimeout(() => {
      child.unref()
      child.stdout?.destroy()
      child.stderr?.destroy()
      resolve(hangs(tool, timeoutMs))
    }, timeoutMs + 500).unref()
    child.stdin?.end()
  })
}

function hangs(tool: string, timeoutMs: number): Said {
  return { text: '', problem: `${tool} did not answer within ${timeoutMs / 1000} s; a GPU or its driver hangs.` }
}

function failed(tool: string, said: string): Said {
  return /no devices were found/i.test(said) ? { text: '' } : { text: '', problem: `${tool} failed: ${said}` }
}
