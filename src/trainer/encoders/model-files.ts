import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { containedPath } from '../../base/contained-path.ts'
import { UserError } from '../../base/errors.ts'

/** The files of a model that are there; paths are absolute. */
export interface ModelFiles {
  readonly folder: string
  readonly config: string
  readonly tokenizer: string
  /** Absent = the tokenizer's own defaults hold. */
  readonly tokenizerConfig?: string
  /** One file, or the shards of a large model. Empty = no weights of this kind. */
  readonly safetensors: readonly string[]
  readonly onnx?: string
}

const WHOLE = 'model.safetensors'
export const SHARD_INDEX = 'model.safetensors.index.json'
/** Optimum writes the second one, its first releases the first one. */
const ONNX = ['model.onnx', 'onnx/model.onnx'] as const

export const ALWAYS_NEEDED = ['config.json', 'tokenizer.json'] as const

/** What each use of a model needs: learning needs weights that can be read, a frozen encoder may also be a graph. */
export type ModelUse = 'frozen' | 'fine-tuned'

/** @returns names of what is missing, for people; empty when the folder can be used */
export function missingFiles(folder: string, use: ModelUse): string[] {
  const has = (name: string) => existsSync(join(folder, name))
  const missing: string[] = ALWAYS_NEEDED.filter((name) => !has(name))
  if (has(SHARD_INDEX) && !has(WHOLE)) missing.push(...shardNames(folder).filter((name) => !has(name)))
  const learned = has(WHOLE) || has(SHARD_INDEX)
  const graph = ONNX.some(has)
  if (use === 'fine-tuned' && !learned) missing.push(WHOLE)
  if (use === 'frozen' && !learned && !graph) missing.push(`${WHOLE} or onnx/model.onnx`)
  return missing
}

/** What a folder holds that {@link missingFiles} has found complete. */
export function modelFiles(folder: string): ModelFiles {
  const at = (name: string) => join(folder, name)
  const here = (name: string) => existsSync(at(name))
  const onnx = ONNX.find(here)
  const shards = here(SHARD_INDEX) ? shardNames(folder) : []
  return {
    folder,
    config: at('config.json'),
    tokenizer: at('tokenizer.json'),
    ...(here('tokenizer_config.json') && { tokenizerConfig: at('tokenizer_config.json') }),
    safetensors: (here(WHOLE) ? [WHOLE] : shards).map(at),
    ...(onnx !== undefined && { onnx: at(onnx) }),
  }
}

/** Names of the shards, in order, each once. @throws {UserError} ENCODER_FILES */
export function shardNames(folder: string): string[] {
  const path = join(folder, SHARD_INDEX)
  const { weight_map: map } = readJson(path)
  if (typeof map !== 'object' || map === null) {
    throw new UserError(`${path} has no weight_map, which names the shards. It was not used.`, {
      code: 'ENCODER_FILES',
    })
  }
  const names = [...new Set(Object.values(map).map(String))].sort()
  for (const name of names) containedPath(folder, name)
  return names
}

/** @throws {UserError} ENCODER_FILES when the file cannot be read or is no JSON object */
export function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
    throw new TypeError('it is not an object')
  } catch (cause) {
    throw new UserError(`${path} cannot be used: ${(cause as Error).message}. Nothing was trained.`, {
      code: 'ENCODER_FILES',
      suggestions: ['Fetch the file again.'],
      cause,
    })
  }
}

/** SHA-256 of small files together: what decides how a text becomes tokens. */
export function hashOfFiles(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) {
    const content = readFileSync(path)
    hash.update(`${content.length}\n`).update(content)
  }
  return hash.digest('hex')
}
