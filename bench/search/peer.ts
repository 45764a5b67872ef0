// The peer beside us: Optuna's default sampler on the same table, in a Python of its own.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Table } from './tables.ts'

/** Regrets by number of evaluations, one a repeat. */
type Regrets = Readonly<Record<string, readonly number[]>>

/** What is recommended: the best value seen; or the last fifth re-runs the leaders on new seeds, halving them. */
export interface PeerRegrets {
  readonly best: Regrets
  readonly race: Regrets
}

/**
 * Plays Optuna with the Python that `SWEEP_OPTUNA_PYTHON` names (`python3` where it is not set), or reads what an
 * earlier call wrote into the folder `SWEEP_PEER_CACHE`.
 */
export function peerRegrets(game: {
  readonly table: Table
  readonly evaluations: readonly number[]
  readonly repeats: number
}): PeerRegrets {
  const script = join(import.meta.dirname, 'optuna-peer.py')
  const cache = process.env.SWEEP_PEER_CACHE
  const kept =
    cache &&
    join(cache, `${game.table.name}-${digest([readFileSync(script, 'utf8'), game.evaluations, game.repeats])}.json`)
  if (kept && existsSync(kept)) return JSON.parse(readFileSync(kept, 'utf8')) as PeerRegrets
  const said = run(script, game)
  if (cache && kept) {
    mkdirSync(cache, { recursive: true })
    writeFileSync(kept, said)
  }
  return JSON.parse(said) as PeerRegrets
}

const digest = (parts: unknown) => createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12)

function run(script: string, { table, evaluations, repeats }: Parameters<typeof peerRegrets>[0]): string {
  const folder = mkdtempSync(join(tmpdir(), 'sweep-peer-'))
  try {
    const file = join(folder, 'table.json')
    writeFileSync(file, JSON.stringify(table.plain()))
    const python = process.env.SWEEP_OPTUNA_PYTHON ?? 'python3'
    return execFileSync(python, [script, file, evaluations.join(','), String(repeats)], {
      encoding: 'utf8',
      maxBuffer: 1e8,
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
