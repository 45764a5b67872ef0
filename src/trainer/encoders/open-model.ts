import { EnvironmentError, SweepError } from '../../base/errors.ts'
import { downloadModel } from './download.ts'
import { type ModelConfig, readModelConfig } from './model-config.ts'
import { type ModelFiles, type ModelUse, missingFiles, modelFiles, SHARD_INDEX } from './model-files.ts'
import {
  cachedModelFolder,
  type Environment,
  findModelFolder,
  type ModelName,
  modelName,
  shownName,
} from './model-folder.ts'

/** A model that is on this machine and complete. */
export interface OpenModel {
  /** For messages. */
  readonly name: string
  readonly files: ModelFiles
  readonly config: ModelConfig
}

export interface ModelRequest {
  readonly use: ModelUse
  /** Whether ONNX files can be run here: then they are what a frozen encoder is fetched as. */
  readonly runsOnnx: boolean
  /** A line for people. */
  readonly say: (line: string) => void
  /** @default process.env */
  readonly env?: Environment
  /** Where relative paths start. @default the working folder */
  readonly folder?: string
}

/**
 * Finds the model of `encoder: hf:...`, and downloads what is missing of it where the network allows.
 *
 * @param encoder with or without `hf:`
 * @throws {EnvironmentError} ENCODER_MISSING with what is missing, where it was looked for, and how to get it
 * @throws {UserError} ENCODER_FILES, ENCODER_CONFIG
 */
export async function openModel(encoder: string, request: ModelRequest): Promise<OpenModel> {
  const { env = process.env, folder = process.cwd(), use } = request
  const name = modelName(encoder, folder)
  const lack = lackOf(name, use, env)
  if (lack !== undefined) await fetchOrThrow(name, lack, { ...request, env })
  return modelHere(encoder, { ...request, env, folder })
}

/** As {@link openModel}, with what is on this machine and nothing else. */
export function modelHere(encoder: string, request: Pick<ModelRequest, 'use' | 'env' | 'folder'>): OpenModel {
  const { env = process.env, folder = process.cwd(), use } = request
  const name = modelName(encoder, folder)
  const found = findModelFolder(name, env)
  const lack = lackOf(name, use, env)
  if (found === undefined || lack !== undefined) throw missing(name, lack ?? 'it is gone')
  const files = modelFiles(found)
  return { name: shownName(name), files, config: readModelConfig(files.config) }
}

/** What keeps a model from being used, as the end of a sentence; undefined when nothing does. Asks no network. */
export function lackOf(name: ModelName, use: ModelUse, env: Environment): string | undefined {
  const found = findModelFolder(name, env)
  if (found !== undefined) {
    const files = missingFiles(found, use)
    return files.length === 0 ? undefined : `${found} lacks ${files.join(', ')}`
  }
  if (name.kind === 'folder') return `there is no folder ${name.path}`
  return `it is not in the cache (${cachedModelFolder(name.id, env)})`
}

/** The command that fetches a model by hand; for a folder, none. */
export function fetchCommand(name: ModelName): string | undefined {
  if (name.kind === 'folder') return undefined
  const revision = name.revision === 'main' ? '' : ` --revision ${name.revision}`
  return `huggingface-cli download ${name.id}${revision} config.json tokenizer.json tokenizer_config.json model.safetensors`
}

export function isOffline(env: Environment): boolean {
  return [env.HF_HUB_OFFLINE, env.TRANSFORMERS_OFFLINE].some((value) => /^(1|true|yes|on)$/i.test(value ?? ''))
}

async function fetchOrThrow(
  name: ModelName,
  lack: string,
  request: ModelRequest & { readonly env: Environment },
): Promise<void> {
  if (name.kind === 'folder') throw missing(name, lack)
  if (isOffline(request.env)) throw missing(name, `${lack}, and HF_HUB_OFFLINE forbids to download it`)
  const { env, say } = request
  say(`${shownName(name)}: ${lack}; downloading it`)
  try {
    await downloadModel({ model: name, env, say, choose: (names) => chosen(names, request) })
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    throw missing(name, `${lack}. ${error.message.replace(/\.$/, '')}`, error)
  }
}

function chosen(names: readonly string[], { use, runsOnnx }: ModelRequest): string[] {
  const small = ['config.json', 'tokenizer.json', 'tokenizer_config.json', 'special_tokens_map.json']
  const graph = ['onnx/model.onnx', 'model.onnx'].find((name) => names.includes(name))
  const weights =
    use === 'frozen' && runsOnnx && graph !== undefined
      ? [graph, `${graph}_data`]
      : names.includes('model.safetensors')
        ? ['model.safetensors']
        : [SHARD_INDEX, ...names.filter((name) => /^model-\d+-of-\d+\.safetensors$/.test(name))]
  return [...small, ...weights].filter((name) => names.includes(name))
}

function missing(name: ModelName, lack: string, cause?: unknown): EnvironmentError {
  const command = fetchCommand(name)
  const suggestions =
    name.kind === 'folder'
      ? ['A folder with config.json, tokenizer.json and model.safetensors (or onnx/model.onnx), as on huggingface.co.']
      : [
          ...(command === undefined ? [] : [`on a machine with network: ${command}`]),
          'then copy the folder of its cache here, or name the folder: encoder: hf:./FOLDER',
        ]
  return new EnvironmentError(`The model ${shownName(name)} cannot be used: ${lack}. Nothing was trained.`, {
    code: 'ENCODER_MISSING',
    suggestions,
    ref: 'docs/encoders.md',
    cause,
  })
}
