import { engineNames } from '../../src/trainer/engine/engine-names.ts'
import { engines } from '../../src/trainer/engine/index.ts'
import { EngineUnavailable } from '../../src/trainer/engine/load-peer.ts'
import { engineContract } from '../contracts/engine.ts'
import { lossSequences } from './support/loss-sequence.ts'

// Those that are no part of this repository are found through NODE_PATH: docs/backends.md says how.
const wasm = await engines.wasm.open()
const sequences = []
for (const sequence of lossSequences) sequences.push({ ...sequence, expected: await sequence.on(wasm) })

for (const name of engineNames) {
  try {
    engineContract({ name, opened: name === 'wasm' ? wasm : await engines[name].open(), sequences })
  } catch (error) {
    if (!(error instanceof EngineUnavailable)) throw error
    engineContract({ name, opened: error.why, sequences })
  }
}
