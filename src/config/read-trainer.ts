import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { argsMacros } from '../protocol/command.ts'
import type { TrainerSpec } from '../trial/sweep-spec.ts'
import { readList, readMap, readOneOf, readText, readWord } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { described, entryOf } from './located.ts'

/** W&B's default. */
const DEFAULT_COMMAND = [`\${env}`, `\${interpreter}`, `\${program}`, `\${args}`] as const

const BUILTIN = ['text-classifier'] as const

/**
 * What an attempt runs: the built-in trainer, or a program with W&B's command template.
 *
 * @param folder of the project: working folder of the program, and where its relative path starts
 */
export function readTrainer(sweep: LocatedMap, folder: string, findings: Findings): TrainerSpec | undefined {
  const [trainer, program, command, env] = ['trainer', 'program', 'command', 'env'].map((key) => entryOf(sweep, key))
  if (trainer !== undefined) {
    for (const other of [program, command, env]) if (other) conflict(other, findings)
    const name = readOneOf(trainer, BUILTIN, findings)
    return name && { kind: 'builtin', name }
  }
  if (program === undefined && command === undefined) {
    missing(sweep, findings)
    return undefined
  }
  const argv = command === undefined ? [...DEFAULT_COMMAND] : readCommand(command, findings)
  const file = readText(program, findings)
  const variables = readEnv(env, findings)
  if (argv === undefined || (program !== undefined && file === undefined)) return undefined
  if (file === undefined && argv.includes(`\${program}`)) noProgram(command ?? sweep, findings)
  if (file !== undefined) checkProgram(file, { node: program as Located, folder, findings })
  return { kind: 'command', argv, ...(file === undefined ? {} : { program: file }), cwd: folder, env: variables }
}

function conflict(other: Located, findings: Findings): void {
  findings.problem({
    code: 'KEYS_CONFLICT',
    at: other.place,
    message: `${other.place.path} and trainer are both given; trainer is the built-in program, the other one names yours.`,
    fix: `remove trainer, or remove ${other.place.path}`,
  })
}

function missing(sweep: LocatedMap, findings: Findings): void {
  findings.problem({
    code: 'NOTHING_TO_RUN',
    at: sweep.place,
    message: 'The file does not say what to run; it needs trainer, program or command.',
    fix: 'trainer: text-classifier, or program: train.py',
  })
}

function noProgram(node: Located, findings: Findings): void {
  findings.problem({
    code: 'NOTHING_TO_RUN',
    at: node.place,
    message: `The command has \${program}, but there is no program.`,
    fix: 'program: train.py',
  })
}

function readCommand(node: Located, findings: Findings): string[] | undefined {
  if (node.kind === 'scalar' && typeof node.value === 'string') {
    findings.problem({
      code: 'VALUE_TYPE',
      at: node.place,
      message: `command is ${described(node)}; it must be a list with one item for each argument, since no shell is involved.`,
      fix: `command: [${node.value.trim().split(/\s+/).join(', ')}]`,
    })
    return undefined
  }
  const items = readList(node, findings)?.items.map((item) => readWord(item, findings))
  if (items === undefined || items.some((item) => item === undefined)) return undefined
  if (items.length === 0) {
    findings.problem({ code: 'VALUE_TYPE', at: node.place, message: 'command is an empty list; it needs a program.' })
    return undefined
  }
  return items as string[]
}

function readEnv(node: Located | undefined, findings: Findings): Record<string, string> {
  const entries = readMap(node, findings)?.entries ?? []
  return Object.fromEntries(entries.map(({ key, value }) => [key, readWord(value, findings) ?? '']))
}

/** Only what looks like a file: `program:` may also be a word that is looked up in PATH. */
function checkProgram(
  program: string,
  { node, folder, findings }: { readonly node: Located; readonly folder: string; readonly findings: Findings },
): void {
  const path = resolve(folder, program)
  const isFile = program.includes('/') || /\.[A-Za-z0-9]+$/.test(program)
  if (!isFile || existsSync(path)) return
  findings.problem({
    code: 'PROGRAM_MISSING',
    at: node.place,
    message: `program is ${program}, but there is no file ${path}. Relative paths start at the folder of the project.`,
  })
}

/** Whether the parameters reach the program as text on its command line. */
export function writesArguments(trainer: TrainerSpec): boolean {
  return trainer.kind === 'command' && trainer.argv.some((chunk) => argsMacros.includes(chunk))
}
