// Key: N texts, D width of a row.
import { systemClock } from '../../base/clock.ts'
import { counted, duration } from '../../base/human-readable.ts'
import { lengthBatches } from './length-batches.ts'
import type { EncoderRunner } from './runner.ts'

export interface ComputeInput {
  /** Token ids of each text. */
  readonly texts_N: readonly Int32Array[]
  readonly runner: EncoderRunner
  /** Called with a text's number and its row, which the taker owns, in any order. */
  readonly onRow: (n: number, row_D: Float32Array) => void
  /** Called after each batch. */
  readonly onBatch?: () => void
  readonly say: (line: string) => void
}

/** A line a person reads at most this often. */
const SAY_EVERY_MS = 5000

/** Runs the encoder over all texts, those of like length together, and says how far it is. */
export async function computeRows({ texts_N, runner, onRow, onBatch, say }: ComputeInput): Promise<void> {
  const began = systemClock.monotonic()
  const total = texts_N.reduce((sum, ids) => sum + ids.length, 0)
  let [doneTexts, doneTokens, saidAt] = [0, 0, began]
  for (const batch of lengthBatches(
    texts_N.map((ids) => ids.length),
    runner.tokensAtOnce,
  )) {
    const rows_BD = await runner.pooled(batch.map((n) => texts_N[n] as Int32Array))
    const width = rows_BD.length / batch.length
    for (const [b, n] of batch.entries()) {
      onRow(n, rows_BD.slice(b * width, (b + 1) * width))
      doneTokens += (texts_N[n] as Int32Array).length
    }
    doneTexts += batch.length
    onBatch?.()
    const now = systemClock.monotonic()
    if (now - saidAt < SAY_EVERY_MS) continue
    saidAt = now
    const left = ((now - began) / doneTokens) * (total - doneTokens)
    say(`features: ${doneTexts.toLocaleString('en-US')} of ${counted(texts_N.length, 'text')}, ${duration(left)} left`)
  }
  const took = systemClock.monotonic() - began
  const rate = Math.round((1000 * texts_N.length) / Math.max(1, took)).toLocaleString('en-US')
  say(`features: ${counted(texts_N.length, 'text')} computed in ${duration(took)} (${rate} a second) by ${runner.name}`)
}
