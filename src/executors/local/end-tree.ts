import type { AttemptTree } from './attempt-tree.ts'
import type { Looks } from './process-looks.ts'

export interface TreeEnd {
  readonly tree: AttemptTree
  readonly looks: Looks
  /** Milliseconds between SIGTERM and SIGKILL. */
  readonly graceMs: number
  /** Milliseconds to wait for an end of its own accord before SIGTERM; absent = it is told to end now. */
  readonly settleMs?: number
  /** Told of those that left the group and did not end by themselves, in words, before they are ended. */
  strays?(strays: readonly string[]): void
}

/** After SIGKILL a process goes at once, unless a driver holds it; what it started in the last moment is looked for. */
const KILLED_MS = 1000
const FIRST_PAUSE_MS = 4
const LAST_PAUSE_MS = 250

/** Ends all processes of an attempt: SIGTERM, grace, SIGKILL. Resolves when they have gone, but for those that we may not signal. */
export async function endTree({ tree, looks, graceMs, settleMs, strays }: TreeEnd): Promise<void> {
  if (settleMs === undefined) tree.see(looks.recent())
  else {
    await goneWithin(tree, settleMs)
    tree.see(await looks.next())
    if (!tree.lives()) return
    const left = tree.strays()
    if (left.length > 0) strays?.(left)
  }
  tree.signal('SIGTERM')
  // A stopped process takes SIGTERM only when it goes on.
  tree.signal('SIGCONT')
  await goneWithin(tree, graceMs)
  for (;;) {
    tree.see(await looks.next())
    if (!tree.lives()) return
    tree.signal('SIGKILL')
    await goneWithin(tree, KILLED_MS)
  }
}

async function goneWithin(tree: AttemptTree, ms: number): Promise<void> {
  const deadline = performance.now() + ms
  for (let pause = FIRST_PAUSE_MS; tree.lives(); pause = Math.min(LAST_PAUSE_MS, pause * 1.5)) {
    const left = deadline - performance.now()
    if (left <= 0) return
    await new Promise((resolve) => setTimeout(resolve, Math.min(pause, left)))
  }
}
