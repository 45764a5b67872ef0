import { readdirSync } from 'node:fs'
import type { Engine } from './engine.ts'
import { type EngineChoice, type EngineName, engineNames } from './engine-names.ts'
import { engines } from './index.ts'
import { EngineUnavailable } from './load-peer.ts'
import { setBackend } from './tf.ts'

/** An engine that is ready, and why it is this one. */
export interface OpenedEngine {
  readonly engine: Engine
  /** For people, a sentence: what computes, and for `auto` why the better ones do not. */
  readonly reason: string
}

/** What is to be computed, as far as `auto` looks at it. */
export interface EngineUse {
  /** True for heads on hashed n-grams, without any encoder: little to compute. */
  readonly hashed?: boolean
}

/**
 * Opens the backend that was asked for, or with `auto` the first that works on this machine and slot.
 *
 * @throws {EnvironmentError} ENGINE_MISSING or ENGINE_NOT_READY; never for `auto`, which ends at `wasm`
 */
export async function openEngine(asked: EngineChoice, use: EngineUse = {}): Promise<OpenedEngine> {
  if (asked !== 'auto') {
    const engine = await openedOnce(asked)
    const caution = asked === 'webgpu' && gpusOfMachine() > 1 ? `; ${MANY_GPUS}` : ''
    return { engine, reason: `Computes with ${described(engine)}${caution}.` }
  }
  const against: string[] = []
  for (const name of engineNames) {
    const found = unsuitable(name, use) ?? (await tried(name))
    if (typeof found === 'object') {
      return { engine: found, reason: [`Computes with ${described(found)}.`, ...against].join(' ') }
    }
    against.push(`Not ${name}: ${found}.`)
  }
  // The last one comes along, so this is its own error and not a matter of choice.
  return openEngine('wasm')
}

const opened = new Map<EngineName, Promise<Engine>>()

/** The features of a frozen encoder and the heads on them may ask for the same engine, and it is opened once. */
async function openedOnce(name: EngineName): Promise<Engine> {
  const opening = opened.get(name) ?? engines[name].open()
  opened.set(name, opening)
  const engine = await opening
  // Another one may have been opened since, and the library computes where it was told last.
  await setBackend(name === 'tensorflow-gpu' ? 'tensorflow' : name)
  return engine
}

const described = (engine: Engine) =>
  engine.software === true
    ? `${engine.name} on ${engine.device}, a GPU imitated on the CPU, which is slow`
    : `${engine.name} on ${engine.device}`

const MANY_GPUS = 'it cannot be told which of several GPUs to use, so all trials share one'

/** Why `auto` does not even try a backend in this slot; a clause. */
function unsuitable(name: EngineName, { hashed }: EngineUse): string | undefined {
  if (name === 'tensorflow') return hashed ? 'heads on hashed n-grams are faster without it' : undefined
  if (name === 'wasm') return undefined
  // A slot without GPUs hides them by an empty list; Vulkan does not look at it, so it is heeded here.
  if (process.env.CUDA_VISIBLE_DEVICES === '') return 'this slot has no GPU'
  return name === 'webgpu' && gpusOfMachine() > 1 ? MANY_GPUS : undefined
}

async function tried(name: EngineName): Promise<Engine | string> {
  try {
    const engine = await openedOnce(name)
    return engine.software === true ? `${engine.device} is a GPU imitated on the CPU` : engine
  } catch (error) {
    if (error instanceof EngineUnavailable) return error.why
    throw error
  }
}

/** NVIDIA's, as the driver counts them, whatever the slot may use; 0 where it cannot be known. */
function gpusOfMachine(): number {
  try {
    return readdirSync('/proc/driver/nvidia/gpus').length
  } catch {
    return 0
  }
}
