import { execa } from 'execa'
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
export async function askTool(tool: string, argv: readonly string[], { env, timeoutMs }: Asked): Promise<Said> {
  const child = execa(tool, argv, {
    env: { ...env, LC_ALL: 'C' },
    extendEnv: false,
    reject: false,
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
  })
  // A tool that waits inside the driver does not even die of SIGKILL; we must not wait for it.
  const stuck = new Promise<'stuck'>((resolve) => setTimeout(() => resolve('stuck'), timeoutMs + 500).unref())
  const result = await Promise.race([child, stuck])
  const hangs = `${tool} did not answer within ${timeoutMs / 1000} s; a GPU or its driver hangs.`
  if (result === 'stuck') {
    child.unref()
    return { text: '', problem: hangs }
  }
  if (result.timedOut) return { text: '', problem: hangs }
  if (result.code === 'ENOENT') return { text: '' }
  if (!result.failed) return { text: result.stdout }
  const said = firstLine(result.stdout) || firstLine(result.stderr) || firstLine(result.shortMessage ?? '')
  return /no devices were found/i.test(said) ? { text: '' } : { text: '', problem: `${tool} failed: ${said}` }
}
