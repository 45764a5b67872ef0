import { spawn } from 'node:child_process'

/** Opens a file with what the desktop uses for it. @returns false when there is no display to show it on */
export async function openFile(path: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const program = opener(env)
  if (program === undefined) return false
  const child = spawn(program, [path], { detached: true, stdio: 'ignore' })
  return new Promise((resolve) => {
    child.once('error', () => resolve(false))
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
  })
}

function opener(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'darwin') return 'open'
  return env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : undefined
}
