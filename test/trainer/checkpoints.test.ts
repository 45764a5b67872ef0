import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Checkpoints } from '../../src/trainer/checkpoints.ts'
import type { TrainingState } from '../../src/trainer/training/train.ts'

const ofHead = { group: 'head', depth: 0, trains: true } as const
const parameters = [{ ...ofHead, name: 'tone.output.weight', shape: [2, 3], bound: 1, decays: true }]
const some = (from: number) =>
  new Map([['tone.output.weight', Float32Array.from({ length: 6 }, (_, i) => from + i / 7)]])
const stateOf = (epoch: number): TrainingState => ({
  epoch,
  learner: {
    steps: 10 * epoch,
    weights: some(epoch),
    first: some(epoch + 0.1),
    second: some(epoch + 0.2),
    idle: new Map(),
  },
  best: { epoch: 1, macroF1: 0.1 + 0.2, weights: some(1) },
  curve: [{ epoch: 1, 'val/macro_f1': 0.1 + 0.2 }],
})

describe('checkpoints', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'checkpoints-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const open = (kept = 2, fingerprint = 'a') => new Checkpoints(folder, { parameters, fingerprint, kept })
  const unexpected = (reason: string) => expect.unreachable(reason)

  it('give back the newest state, bit for bit', () => {
    for (const epoch of [1, 2, 10]) open().save(stateOf(epoch))
    expect(open().latest(unexpected)).toEqual(stateOf(10))
  })

  it('keep as many files as asked for, by epoch and not by name', () => {
    for (const epoch of [9, 10, 11, 10_000]) open().save(stateOf(epoch))
    expect(readdirSync(folder).sort()).toEqual(['epoch-0011.safetensors', 'epoch-10000.safetensors'])
  })

  it('fall back to the one before when the newest is damaged, and say so', () => {
    for (const epoch of [1, 2]) open().save(stateOf(epoch))
    const newest = join(folder, 'epoch-0002.safetensors')
    writeFileSync(newest, readFileSync(newest).subarray(0, -5))
    const said: string[] = []
    expect(open().latest((reason) => said.push(reason))).toEqual(stateOf(1))
    expect(said).toEqual([expect.stringContaining('epoch-0002.safetensors cannot be read')])
  })

  it('are not used for other settings, data or seed', () => {
    open().save(stateOf(1))
    const said: string[] = []
    expect(open(2, 'b').latest((reason) => said.push(reason))).toBeUndefined()
    expect(said).toEqual([expect.stringContaining('other settings, data or seed')])
  })

  it('leave nothing behind: not when cleared, and no half file of a killed writer', () => {
    open().save(stateOf(1))
    writeFileSync(join(folder, 'epoch-0002.safetensors.4711.tmp'), 'half')
    open().clear()
    expect(readdirSync(folder)).toEqual([])
    expect(open().latest(unexpected)).toBeUndefined()
  })
})
