import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BugError } from './errors.ts'

let found: string | undefined

/** The folder of this program's package.json, from source as well as from a bundle, which lies deeper. */
export function packageFolder(): string {
  found ??= find(dirname(fileURLToPath(import.meta.url)))
  return found
}

function find(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder
  const above = dirname(folder)
  if (above === folder) throw new BugError('The package.json of sweep was not found above its own code.')
  return find(above)
}

/** Version of this release. */
export function releaseVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8')) as { version: string }
  return version
}
