import { endSweep, type SweepLoop } from './sweep-loop.ts'

/**
 * Lets a person stop the loop: the first signal ends running attempts with their grace period, the second at once.
 *
 * @returns what takes the listeners away again
 */
export function heedSignals(loop: SweepLoop): () => void {
  const { signal, killSignal } = loop
  const stop = () => endSweep(loop, { state: 'stopped', by: 'person', reason: 'A person stopped it.' })
  const kill = () => {
    stop()
    loop.killed = true
    loop.wake.up()
  }
  const graceful = () => {
    stop()
    loop.wake.up()
  }
  if (signal?.aborted) graceful()
  if (killSignal?.aborted) kill()
  signal?.addEventListener('abort', graceful)
  killSignal?.addEventListener('abort', kill)
  return () => {
    signal?.removeEventListener('abort', graceful)
    killSignal?.removeEventListener('abort', kill)
  }
}
