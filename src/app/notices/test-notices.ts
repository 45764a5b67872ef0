import { hostname } from 'node:os'
import { systemClock } from '../../base/clock.ts'
import { UserError } from '../../base/errors.ts'
import { loadSweep } from '../../config/load-sweep.ts'
import { type Delivery, deliver } from '../../notifications/deliver.ts'
import { testMessage } from '../../notifications/messages.ts'
import type { Workspace } from '../workspace.ts'

const DELIVER_MS = 30_000

export interface TestNoticesOptions {
  readonly workspace: Workspace
  /** Name of a sweep file in sweeps/, or a path. */
  readonly sweep: string
  /** `webhook`: only receivers of this kind. */
  readonly only?: string
}

/**
 * Sends one message to everybody whom a sweep file names, as a night would.
 *
 * @throws {ProblemsError} everything that is wrong with the sweep file
 * @throws {UserError} NOTIFY_NOBODY
 */
export async function testNotices({ workspace, sweep, only }: TestNoticesOptions): Promise<Delivery[]> {
  const { name, notify = [] } = await loadSweep({ folder: workspace.folder, sweep, overrides: [] })
  const targets = notify.filter((target) => only === undefined || target.name === only)
  if (targets.length === 0) {
    const which = only === undefined ? 'nobody' : `no ${only}`
    throw new UserError(`The sweep file ${name} names ${which} to be told. Nothing was sent.`, {
      code: 'NOTIFY_NOBODY',
      suggestions: [`add to the sweep file: notify: [{ to: ntfy, url: "\${env:NTFY_TOPIC}" }]`],
      ref: 'docs/sweep-files.md',
    })
  }
  const message = testMessage(name, hostname())
  return deliver(message, targets, { clock: systemClock, env: process.env, withinMs: DELIVER_MS })
}
