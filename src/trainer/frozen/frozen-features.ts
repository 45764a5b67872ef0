// Key: N texts, D width of a row.
import { systemClock } from '../../base/clock.ts'
import type { Tokenize } from '../encoders/tokenizer.ts'
import { computeRows } from './compute-rows.ts'
import { type RowStore, type TextKey, textKey } from './row-store.ts'
import type { EncoderRunner } from './runner.ts'

export interface FrozenFeatures {
  /** D */
  readonly width: number
  readonly store: RowStore
  /** Called when something is to be computed; the same one each time. */
  readonly tokenize: () => Tokenize
  /** Called when something is to be computed; the same one until it is closed. */
  readonly openRunner: () => Promise<EncoderRunner>
  readonly say: (line: string) => void
  /** How often a part of what is being computed is kept. @default a minute */
  readonly partMs?: number
}

const PART_MS = 60_000
const LOOK_AGAIN_MS = 250

/**
 * The rows of some texts: from this process, from disk, or computed.
 *
 * @param remember keep what was computed, and compute it in one process only when several want the same
 * @returns N x D, row-major
 */
export async function rowsOf(
  texts: readonly string[],
  features: FrozenFeatures,
  remember: boolean,
): Promise<Float32Array> {
  const byKey = new Map(texts.map((text) => [textKey(text), text]))
  const keys = [...byKey.keys()]
  const { store, width, say } = features
  store.load(keys)
  const missing = () => keys.filter((key) => store.get(key) === undefined)
  const own = new Map<TextKey, Float32Array>()
  if (missing().length === 0) {
    if (remember)
      say(`features: ${texts.length.toLocaleString('en-US')} texts were computed before, 0 are computed now`)
  } else if (remember) {
    await rememberRows(byKey, features)
  } else {
    // Left open and in silence: more texts will follow, as from a file that is read in blocks.
    const silent = { ...features, say: () => undefined }
    await compute(missing(), { byKey, features: silent, onRow: (key, row_D) => own.set(key, row_D) })
  }
  const rows_ND = new Float32Array(texts.length * width)
  for (const [n, text] of texts.entries()) {
    const key = textKey(text)
    rows_ND.set((store.get(key) ?? own.get(key)) as Float32Array, n * width)
  }
  return rows_ND
}

/** Waits for another process that computes the same texts, or computes them and keeps them. */
async function rememberRows(byKey: ReadonlyMap<TextKey, string>, features: FrozenFeatures): Promise<void> {
  const keys = [...byKey.keys()]
  const { store, say } = features
  const lock = await lockOrWait(keys, features)
  try {
    // Another process may have computed them, or a part of them, before the lock was free.
    store.load(keys)
    const missing = keys.filter((key) => store.get(key) === undefined)
    if (missing.length === 0) return say('features: another process has computed them meanwhile, 0 are computed now')
    const parts = partsOf(keys, features)
    const runner = await compute(missing, { byKey, features, onRow: parts.add, onBatch: parts.keep })
    await runner.close()
    store.save(keys)
  } finally {
    lock.release()
  }
}

async function lockOrWait(keys: readonly TextKey[], { store, say }: FrozenFeatures) {
  for (let waited = 0; ; waited++) {
    const lock = store.lock(keys)
    if (lock) return lock
    if (waited === 0) say('features: another process computes them; waiting for it')
    await systemClock.sleep(LOOK_AGAIN_MS)
  }
}

/** Adds rows to the store and writes down, now and then, those that are not yet on disk. */
function partsOf(keys: readonly TextKey[], { store, partMs = PART_MS }: FrozenFeatures) {
  let [keptAt, fresh] = [systemClock.monotonic(), [] as TextKey[]]
  return {
    add: (key: TextKey, row_D: Float32Array) => {
      store.add(key, row_D)
      fresh.push(key)
    },
    keep: () => {
      if (systemClock.monotonic() - keptAt < partMs) return
      store.savePart(keys, fresh)
      fresh = []
      keptAt = systemClock.monotonic()
    },
  }
}

async function compute(missing: readonly TextKey[], target: ComputeTarget): Promise<EncoderRunner> {
  const { byKey, features, onRow, onBatch } = target
  const texts_N = features.tokenize()(missing.map((key) => byKey.get(key) as string))
  const runner = await features.openRunner()
  const take = (n: number, row_D: Float32Array) => onRow(missing[n] as TextKey, row_D)
  await computeRows({ texts_N, runner, onRow: take, ...(onBatch && { onBatch }), say: features.say })
  return runner
}

interface ComputeTarget {
  readonly byKey: ReadonlyMap<TextKey, string>
  readonly features: FrozenFeatures
  readonly onRow: (key: TextKey, row_D: Float32Array) => void
  readonly onBatch?: () => void
}
