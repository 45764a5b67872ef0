import { execa } from 'execa'
import { EnvironmentError } from '../base/errors.ts'
import type { Slot } from '../gpus/slot.ts'
import { slotEnvironment } from '../gpus/slot-environment.ts'
import {
  choiceText,
  ENGINE_SETTING,
  type EngineChoice,
  engineChoices,
  installCommand,
} from '../trainer/engine/engine-names.ts'
import type { EngineAnswer } from '../trainer/try-engine.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { trainerProgram } from './code-version.ts'
import type { Check } from './machine-check.ts'
import type { Workspace } from './workspace.ts'

/** Loading a large library from a cold disk takes seconds; more than this is no answer. */
const PATIENCE_MS = 60_000

interface Place {
  readonly workspace: Workspace
  readonly slot?: Slot | undefined
}

/** One line for each engine of the built-in trainer: whether it works here, why not, and what would add it. */
export async function engineChecks(workspace: Workspace): Promise<Check[]> {
  return Promise.all(
    engineChoices.map(async (choice): Promise<Check> => {
      const name = choiceText(choice)
      const answer = await ask([choice], { workspace })
      if (answer.works) {
        return { name, state: 'ok', saw: choice === 'auto' ? answer.reason : `works, on ${answer.device}` }
      }
      const [advice] = answer.suggestions
      const state = answer.code === 'ENGINE_MISSING' ? 'ok' : 'warn'
      return { name, state, saw: `not here: ${answer.why}`, ...(advice === undefined ? {} : { advice }) }
    }),
  )
}

/** What a start would compute on or with, in sentences, and why it would be refused, if it would. */
export interface MachineFindings {
  readonly notes: readonly string[]
  readonly refusal?: string
}

/** What a start of this sweep would compute on, or lack, on its first slot; nothing to say for the default. */
export async function engineFindings(spec: SweepSpec, place: Place): Promise<MachineFindings> {
  const findings = await Promise.all(
    choicesOf(spec).map(async (choice) => {
      const answer = await ask([choice, encoderOf(spec)], place)
      if (answer.works) return { note: `${choiceText(choice)}: ${answer.reason}` }
      const refusal = `${choiceText(choice)} does not work here: ${answer.why}.`
      return { note: `${refusal} Every trial with it would fail. ${adviceOn(choice, answer)}`, refusal }
    }),
  )
  const refusal = findings.find((it) => it.refusal !== undefined)?.refusal
  return { notes: findings.map(({ note }) => note), ...(refusal === undefined ? {} : { refusal }) }
}

/** @throws {EnvironmentError} ENGINE_MISSING, ENGINE_NOT_READY when a trial of this sweep could not compute */
export async function requireEngines(spec: SweepSpec, place: Place): Promise<void> {
  for (const choice of choicesOf(spec)) {
    const answer = await ask([choice, encoderOf(spec)], place)
    if (answer.works) continue
    throw new EnvironmentError(`${choiceText(choice)} does not work here: ${answer.why}. Nothing was started.`, {
      code: answer.code,
      suggestions: answer.suggestions,
    })
  }
}

function adviceOn(choice: EngineChoice, { code, suggestions }: EngineAnswer & { works: false }): string {
  const command = code === 'ENGINE_MISSING' && choice !== 'auto' ? installCommand(choice) : undefined
  return command === undefined ? suggestions.map((text) => `${text}.`).join(' ') : `Add it: ${command}`
}

/** The engines that trials of this sweep may ask for, but for the one that works everywhere. */
function choicesOf({ trainer, fixed, space }: SweepSpec): EngineChoice[] {
  if (trainer.kind !== 'builtin') return []
  const domain = space.parameters[ENGINE_SETTING]
  const searched =
    domain === undefined ? [] : 'values' in domain ? domain.values : 'value' in domain ? [domain.value] : []
  const named = searched.length > 0 ? searched : [fixed[ENGINE_SETTING]]
  return engineChoices.filter((choice) => choice !== 'wasm' && named.includes(choice))
}

/** Decides for `auto` how much there is to compute; of several encoders, any but the simplest. */
function encoderOf({ fixed, space }: SweepSpec): string {
  return 'encoder' in space.parameters ? 'varied' : String(fixed.encoder ?? 'hash')
}

/** Asked in a process of its own: this one loads no tensors, and a native library may end the process. */
async function ask(words: readonly string[], { workspace, slot }: Place): Promise<EngineAnswer> {
  const { stdout, signal, exitCode, timedOut } = await execa(
    process.execPath,
    [trainerProgram(), '--try-engine', ...words],
    {
      cwd: workspace.folder,
      env: slot === undefined ? {} : slotEnvironment(slot),
      reject: false,
      stdin: 'ignore',
      timeout: PATIENCE_MS,
    },
  )
  // The libraries write to stdout too.
  const line = stdout.split('\n').findLast((text) => text.startsWith('{"works"'))
  if (line !== undefined) return JSON.parse(line) as EngineAnswer
  const end = timedOut ? 'gave no answer in a minute' : `ended with ${signal ?? `exit code ${exitCode}`}`
  return { works: false, code: 'ENGINE_NOT_READY', why: `the process that tried it ${end}`, suggestions: [] }
}
