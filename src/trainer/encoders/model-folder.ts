import { existsSync, readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** What `hf:` may be followed by: a folder, or a model of the hub and one of its revisions. */
export type ModelName =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'hub'; readonly id: string; readonly revision: string }

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Reads what stands after `hf:`. A path (`./x`, `/x`, `~/x`) and the name of a folder that is there are folders;
 * everything else is a model of the hub, such as `bert-base-multilingual-cased` or `intfloat/e5-small@v2`.
 *
 * @param name with or without `hf:`
 * @param folder where relative paths start
 */
export function modelName(name: string, folder: string): ModelName {
  const text = name.replace(/^hf:/, '').trim()
  const path = text.startsWith('~/') ? join(homedir(), text.slice(2)) : resolve(folder, text)
  const isPath = /^([./~]|[A-Za-z]:[\\/])/.test(text)
  if (isPath || statSync(path, { throwIfNoEntry: false })?.isDirectory()) return { kind: 'folder', path }
  const [id = text, revision = 'main'] = text.split('@')
  return { kind: 'hub', id, revision }
}

/**
 * Where the tools of Hugging Face keep what they download, so that nothing is downloaded twice.
 *
 * @source huggingface_hub's environment variables: HF_HUB_CACHE, else HF_HOME/hub, else XDG_CACHE_HOME/huggingface/hub
 */
export function hubCache(env: Environment): string {
  const home = env.HF_HOME ?? join(env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'huggingface')
  return env.HF_HUB_CACHE ?? env.HUGGINGFACE_HUB_CACHE ?? join(home, 'hub')
}

/** The folder of one model in that cache, whether it is there or not. */
export function cachedModelFolder(id: string, env: Environment): string {
  return join(hubCache(env), `models--${id.replaceAll('/', '--')}`)
}

/** @returns the folder with the model's files, absolute; undefined when it is not on this machine */
export function findModelFolder(name: ModelName, env: Environment): string | undefined {
  if (name.kind === 'folder') return existsSync(name.path) ? name.path : undefined
  const model = cachedModelFolder(name.id, env)
  const folder = join(model, 'snapshots', commitOf(model, name.revision))
  return existsSync(folder) ? folder : undefined
}

/** A branch or tag stands in `refs/` with its commit; a commit names itself. */
function commitOf(model: string, revision: string): string {
  try {
    return readFileSync(join(model, 'refs', revision), 'utf8').trim()
  } catch {
    return revision
  }
}

/** For messages: what a person wrote. */
export function shownName(name: ModelName): string {
  if (name.kind === 'folder') return name.path
  return name.revision === 'main' ? name.id : `${name.id}@${name.revision}`
}
