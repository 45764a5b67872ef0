import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Workspace } from './workspace.ts'

export interface InitOutcome {
  /** Paths relative to the folder. */
  readonly created: readonly string[]
  /** What was there already and stayed as it is. */
  readonly kept: readonly string[]
  /** Name of the sweep to start. */
  readonly sweep: string
}

const SWEEP = `# The first sweep: runs as it is, in about a minute, without a GPU.
#   sweep plan first      what it would run
#   sweep start first     run it
description: Does focusing on hard examples help the rare class?
method: grid                      # every combination; or: random, with run_cap
space: [first]                    # search-spaces/first.yaml
seeds: 3                          # each configuration is judged by its mean over so many seeds
metric: { name: val/macro_f1, goal: maximize }
trainer: text-classifier          # built in; a program of yours: command: [python3, train.py]
params: { data: quickstart, epochs: 6 }   # the same for all trials
`

const SPACE = `# What the sweep "first" tries. Other ways to say what a parameter may be: docs/sweep-files.md
parameters:
  gamma: { values: [0, 2] }       # focal loss: 0 = plain cross-entropy, larger = more weight on hard examples
  boost: { values: [1, 3] }       # how much more often rows of each class are drawn
`

const IGNORED = ['/runs/', '/reports/']

/** Makes the folders and a first sweep that runs. What exists already is never changed; .gitignore only grows. */
export function initWorkspace(workspace: Workspace): InitOutcome {
  const created: string[] = []
  const kept: string[] = []
  for (const [path, content] of [
    [join('sweeps', 'first.yaml'), SWEEP],
    [join('search-spaces', 'first.yaml'), SPACE],
  ] as const) {
    ;(wroteNew(join(workspace.folder, path), content) ? created : kept).push(path)
  }
  ;(ignoreOutputs(join(workspace.folder, '.gitignore')) ? created : kept).push('.gitignore')
  return { created, kept, sweep: 'first' }
}

function wroteNew(path: string, content: string): boolean {
  mkdirSync(join(path, '..'), { recursive: true })
  try {
    // wx: the check and the creation are one step, so nothing is ever overwritten.
    writeFileSync(path, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** @returns false when all lines were there already */
function ignoreOutputs(path: string): boolean {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : ''
  const lines = new Set(text.split('\n').map((line) => line.trim()))
  const missing = IGNORED.filter((line) => !alternatives(line).some((written) => lines.has(written)))
  if (missing.length === 0) return false
  const gap = text === '' || text.endsWith('\n') ? '' : '\n'
  appendFileSync(path, `${gap}# what sweep makes\n${missing.join('\n')}\n`)
  return true
}

/** `/runs/` may have been written in other ways that mean the same or more. */
function alternatives(line: string): string[] {
  const name = line.replaceAll('/', '')
  return [name, `${name}/`, `/${name}`, `/${name}/`, `${name}/*`, `/${name}/*`]
}
