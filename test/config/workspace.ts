import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Problem } from '../../src/base/errors.ts'
import { ProblemsError } from '../../src/base/errors.ts'
import { loadSweep } from '../../src/config/load-sweep.ts'
import type { SweepSpec } from '../../src/trial/sweep-spec.ts'
import { temporaryFolder } from '../base/temporary-folder.ts'

/** A project in a temporary folder. */
export function workspace(files: Readonly<Record<string, string>> = {}): string {
  const folder = temporaryFolder()
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

/** Loads `text` as sweeps/x.yaml, beside `others`. */
export function load(
  text: string,
  { overrides = [], others = {} }: { overrides?: string[]; others?: Readonly<Record<string, string>> } = {},
): Promise<SweepSpec> {
  return loadSweep({ folder: workspace({ 'sweeps/x.yaml': text, ...others }), sweep: 'x', overrides })
}

/** @returns the problems that the promise was refused with; none when it was not */
export async function problemsOf(loading: Promise<unknown>): Promise<readonly Problem[]> {
  try {
    await loading
    return []
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems
    throw error
  }
}

/** `CODE:line` of each problem, in the order reported. */
export async function codesOf(loading: Promise<unknown>): Promise<string[]> {
  const problems = await problemsOf(loading)
  return problems.map(({ code, where }) => `${code}:${typeof where === 'string' ? where : (where.line ?? where.file)}`)
}
