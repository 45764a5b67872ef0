/** Two-stage Ctrl-C: the first signal asks for a graceful stop, the second for an end at once. */
export interface Interrupt {
  readonly signal: AbortSignal
  readonly killSignal: AbortSignal
  /** Gives the signals back to the process. */
  dispose(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/** @param said what a person is told after the first and after the second signal */
export function interruptible(said: { first(): void; second(): void }): Interrupt {
  const stop = new AbortController()
  const kill = new AbortController()
  const onSignal = () => {
    if (!stop.signal.aborted) {
      stop.abort()
      said.first()
    } else if (!kill.signal.aborted) {
      kill.abort()
      said.second()
    }
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: stop.signal,
    killSignal: kill.signal,
    dispose: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
