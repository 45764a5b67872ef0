import { createHash } from 'node:crypto'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { execaSync } from 'execa'
import { packageFolder, releaseVersion } from '../base/package-folder.ts'
import type { Params } from '../space/domain.ts'
import { missingFiles, modelFiles } from '../trainer/encoders/model-files.ts'
import { findModelFolder, modelName } from '../trainer/encoders/model-folder.ts'
import type { SweepSpec, TrainerSpec } from '../trial/sweep-spec.ts'

/** Files larger than this are told apart by size and time instead of content. */
const HASHED_BYTES = 256 << 20

/**
 * What the code of a trainer is, in one text: the same text for the same code only.
 *
 * A command's code is the git commit of its folder with the uncommitted changes, and the files that its command names;
 * what a program loads from elsewhere cannot be known.
 */
export function codeVersion(trainer: TrainerSpec): string {
  switch (trainer.kind) {
    case 'builtin':
      return `${releaseVersion()} ${fileHash(trainerProgram()) ?? ''}`
    case 'command': {
      const { cwd, argv, program } = trainer
      const named = [...(program === undefined ? [] : [program]), ...argv].flatMap(
        (word) => fileHash(resolve(cwd, word)) ?? [],
      )
      return [gitState(cwd) ?? 'no git', ...named].join(' ')
    }
    case 'function':
      return 'a function'
  }
}

/** The built-in trainer as it was built. */
export function trainerProgram(): string {
  return join(packageFolder(), 'dist/trainer/main.js')
}

/** Commit, and a hash of what is not committed when there is something; undefined outside git. */
export function gitState(folder: string): string | undefined {
  const commit = git(folder, ['rev-parse', 'HEAD'])
  if (commit === undefined) return undefined
  const dirty = git(folder, ['diff', 'HEAD', '--no-ext-diff'])
  if (dirty === undefined || dirty === '') return commit
  return `${commit} with changes ${shortHash(dirty)}`
}

function git(folder: string, args: readonly string[]): string | undefined {
  if (!existsSync(folder)) return undefined
  const { failed, stdout } = execaSync('git', ['-C', folder, ...args], {
    reject: false,
    stdin: 'ignore',
    maxBuffer: 64 << 20,
    timeout: 5000,
  })
  // No git, no repository, or changes too large to compare: then there is no version to speak of.
  return failed ? undefined : stdout
}

/**
 * Hash of the data files and models that params name, wherever they stand among them; undefined when they name none.
 *
 * @param folder where relative paths start
 */
export function dataVersion(params: Params, folder: string): string | undefined {
  const named = textsIn(params).flatMap(([name, text]) => {
    const hash = versionOf(text, folder)
    return hash === undefined ? [] : [`${name} ${hash}`]
  })
  return named.length === 0 ? undefined : named.sort().join('\n')
}

/** Every text among params with the way to it, `data.file` say: any of them may name a file. */
function textsIn(value: unknown, path: readonly string[] = []): [name: string, text: string][] {
  if (typeof value === 'string') return value === '' ? [] : [[path.join('.'), value]]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, member]) => textsIn(member, [...path, name]))
}

/** Of a file, or of the files of a model that a text names; undefined when it names neither. */
function versionOf(value: string, folder: string): string | undefined {
  if (!value.startsWith('hf:')) return fileHash(resolve(folder, value))
  const found = findModelFolder(modelName(value, folder), process.env)
  if (found === undefined || missingFiles(found, 'frozen').length > 0) return undefined
  const { config, tokenizer, tokenizerConfig, safetensors, onnx } = modelFiles(found)
  return [config, tokenizer, tokenizerConfig, ...safetensors, onnx]
    .flatMap((path) => fileHash(path ?? '') ?? [])
    .join(' ')
}

/** Where the relative paths of a trainer's params start. */
export function dataFolder({ trainer }: SweepSpec, { folder }: { readonly folder: string }): string {
  return trainer.kind === 'command' ? trainer.cwd : folder
}

const hashes = new Map<string, string>()

function fileHash(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isFile()) return undefined
  const state = `${path} ${stats.size} ${stats.mtimeMs}`
  const known = hashes.get(state)
  if (known !== undefined) return known
  const hash = shortHash(stats.size > HASHED_BYTES ? state : readFileSync(path))
  hashes.set(state, hash)
  return hash
}

function shortHash(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}
