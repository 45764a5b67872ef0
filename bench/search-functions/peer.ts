// Optuna beside us: it asks, the challenge answers.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Params } from '../../src/space/domain.ts'
import type { Challenge } from './challenges.ts'

export interface PeerGame {
  readonly peer: string
  readonly python: string
  readonly evaluations: number
  readonly seeds: readonly number[]
}

/**
 * @returns a row a seed: the figure of each evaluation, in their order. With `SWEEP_PEER_CACHE`, a folder, it is kept
 * there, a file a seed.
 */
export async function peerFigures(challenge: Challenge, game: PeerGame): Promise<number[][]> {
  const fileOf = cacheFile(challenge, game)
  const isKnown = (seed: number) => fileOf !== undefined && existsSync(fileOf(seed))
  const wanted = game.seeds.filter((seed) => !isKnown(seed))
  const fresh = new Map(await asked(challenge, { ...game, seeds: wanted }))
  for (const [seed, row] of fresh) if (fileOf !== undefined) writeFileSync(fileOf(seed), JSON.stringify(row))
  return game.seeds.map((seed) => fresh.get(seed) ?? JSON.parse(readFileSync(fileOf?.(seed) ?? '', 'utf8')))
}

function cacheFile(challenge: Challenge, { peer, evaluations }: PeerGame): ((seed: number) => string) | undefined {
  const folder = process.env.SWEEP_PEER_CACHE
  if (!folder) return undefined
  mkdirSync(folder, { recursive: true })
  const digest = createHash('sha256').update(JSON.stringify(challenge.arguments)).digest('hex').slice(0, 8)
  return (seed) => join(folder, `pure-${challenge.name}-${digest}-${peer}-${evaluations}-${seed}.json`)
}

async function asked(challenge: Challenge, game: PeerGame): Promise<[number, number[]][]> {
  const { peer, python, evaluations, seeds } = game
  if (seeds.length === 0) return []
  const folder = mkdtempSync(join(tmpdir(), 'sweep-peer-'))
  try {
    const file = join(folder, 'arguments.json')
    writeFileSync(file, JSON.stringify(challenge.arguments))
    const script = join(import.meta.dirname, 'optuna-asks.py')
    const child = spawn(python, [script, file, peer, String(evaluations), seeds.join(',')], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const figures: number[] = []
    for await (const line of createInterface(child.stdout)) {
      const params = challenge.paramsOf(JSON.parse(line) as Params)
      const { table } = challenge
      const value = table.meanOf(params)
      figures.push(challenge.figureOf(params))
      child.stdin.write(`${table.goal === 'maximize' ? -value : value}\n`)
    }
    if (figures.length !== seeds.length * evaluations)
      throw new Error(`Optuna ${peer} ended early on ${challenge.name}.`)
    return seeds.map((seed, i) => [seed, figures.slice(i * evaluations, (i + 1) * evaluations)])
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
