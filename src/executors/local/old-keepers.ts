import { EnvironmentError } from '../../base/errors.ts'
import { livenessOf } from '../../base/process-identity.ts'
import type { AttemptRecord } from './attempt-record.ts'

const PATIENCE_MS = 30_000
const LOOK_MS = 20

/**
 * Waits until no earlier keeper on this machine can start anything more: each has died, or has written that it is
 * orphaned. That takes milliseconds after the earlier orchestrator ended, however it ended.
 *
 * @param own process number of our own keeper, if it is there already
 * @throws {EnvironmentError} KEEPER_BUSY when one lives on without a word; its attempts are never taken from it by a timer
 */
export async function oldKeepersLetGo(record: AttemptRecord, own: number | undefined): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS
  for (;;) {
    const busy = record.keepers.find(
      (keeper) => !keeper.orphaned && keeper.identity.pid !== own && livenessOf(keeper.identity) === 'alive',
    )
    if (busy === undefined) break
    if (performance.now() > deadline) {
      const { pid } = busy.identity
      throw new EnvironmentError(
        `The keeper of the earlier start (process ${pid}) still lives and has not let go for 30 s. Nothing was started.`,
        { code: 'KEEPER_BUSY', suggestions: [`look at it: ps -fp ${pid}`, `end it: kill ${pid}`, 'sweep resume'] },
      )
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
    record.refresh()
  }
  // Between the last look at the record and the death, it may have written more.
  record.refresh()
}
