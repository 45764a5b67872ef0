import { execa } from 'execa'

/** Opens a file with what the desktop uses for it. @returns false when there is no display to show it on */
export async function openFile(path: string, env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const program = opener(env)
  if (program === undefined) return false
  // It may live as long as the window that it opens, so it is left to itself; its exit code is nobody's business.
  const child = execa(program, [path], { detached: true, cleanup: false, stdio: 'ignore', reject: false })
  child.unref()
  const started = new Promise<boolean>((resolve) => child.once('spawn', () => resolve(true)))
  return Promise.race([started, child.then(({ code }) => code !== 'ENOENT')])
}

function opener(env: NodeJS.ProcessEnv): string | undefined {
  if (process.platform === 'darwin') return 'open'
  return env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : undefined
}
