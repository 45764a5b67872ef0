import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildTrainer } from '../../../scripts/build-trainer.mjs'
import { parseObject } from '../../../src/base/ndjson.ts'
import { attemptEnvironment } from '../../../src/protocol/attempt-environment.ts'

const cache = fileURLToPath(new URL('../../../node_modules/.cache/', import.meta.url))

/** A fresh bundle of the trainer. Inside node_modules, where its dependencies are found; the caller removes it. */
export async function builtTrainer(): Promise<{ program: string; remove: () => void }> {
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'trainer-'))
  await buildTrainer(folder)
  return { program: join(folder, 'main.js'), remove: () => rmSync(folder, { recursive: true }) }
}

export interface Attempt {
  readonly params: object
  readonly seed?: number
  readonly resume?: boolean
  /** Signal to send once this many epochs were reported. */
  readonly interrupt?: { readonly after: number; readonly signal: NodeJS.Signals }
}

/** Every event of a trial's folder that is a whole line. */
export function eventsOf(trialDir: string): Record<string, unknown>[] {
  const lines = readFileSync(join(trialDir, 'events.ndjson'), 'utf8').split('\n')
  return lines.map(parseObject).filter((event) => event !== undefined)
}

/** Runs the trainer as a sweep does. Resolves when the process is gone. */
export async function attempt(program: string, trialDir: string, { params, seed, resume, interrupt }: Attempt) {
  mkdirSync(trialDir, { recursive: true })
  writeFileSync(join(trialDir, 'params.json'), JSON.stringify(params))
  const context = { sweepId: 'test.1', trial: 0, attempt: 1, seed: seed ?? 1, trialDir, resume: resume ?? false }
  const child = spawn(process.execPath, [program], { env: { ...process.env, ...attemptEnvironment(context) } })
  let [stdout, stderr] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk
    if (interrupt && (stdout.match(/^epoch/gm) ?? []).length >= interrupt.after) child.kill(interrupt.signal)
  })
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk
  })
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...end) => resolve(end))
  })
  return { code, signal, stdout, stderr }
}

const opinions = { good: ['fine', 'lovely', 'great', 'superb'], bad: ['poor', 'awful', 'dull', 'broken'] } as const
const places = {
  film: ['scene', 'actor', 'plot'],
  phone: ['battery', 'screen', 'call'],
  meal: ['soup', 'waiter'],
} as const

/** A CSV file of short texts that two label columns follow from; every ninth is of the rare place. Of `wrong` rows, spread evenly, the opinion is the other one. */
export function writeTexts(file: string, rows = 180, wrong = 0): void {
  const pick = (words: readonly string[], n: number) => words[n % words.length] as string
  const lines = Array.from({ length: rows }, (_, n) => {
    const opinion = n % 2 === 0 ? 'good' : 'bad'
    const other = opinion === 'good' ? 'bad' : 'good'
    const told = Math.floor(((n + 1) * wrong) / rows) > Math.floor((n * wrong) / rows) ? other : opinion
    const place = n % 9 === 0 ? 'meal' : n % 3 === 0 ? 'film' : 'phone'
    const text = `The ${pick(places[place], n * 7)} was ${pick(opinions[opinion], n * 5)} number ${n % 11}`
    return `${n},${text},${told},${place}`
  })
  writeFileSync(file, `${['id,text,opinion,place', ...lines].join('\n')}\n`)
}
