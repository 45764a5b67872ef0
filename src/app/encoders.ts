import { execa } from 'execa'
import { BugError, EnvironmentError, UserError } from '../base/errors.ts'
import { VARIABLE } from '../protocol/attempt-environment.ts'
import type { Params, ParamValue } from '../space/domain.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { trainerProgram } from './code-version.ts'
import type { LoopOptions } from './loop-options.ts'
import type { Workspace } from './workspace.ts'

/** Parameters of the built-in trainer that decide which model is needed and what its features are. */
const DECIDING = ['data', 'preset', 'encoder', 'pooling', 'max_length', 'unfreeze_layers', 'backend'] as const

/** More kinds of features than this are not made in advance; the trials make theirs. */
const MOST = 64

/**
 * Fetches the models of a sweep and computes the features of frozen ones, before its first trial and once for all of
 * them. Does nothing for sweeps without a model. In a process of its own: this one loads no tensors.
 *
 * @returns false when it was interrupted
 * @throws {UserError | EnvironmentError} what the trials would have failed with
 */
export async function prepareEncoders(
  spec: SweepSpec,
  { folder }: Pick<Workspace, 'folder'>,
  { signal, onPreparing }: Pick<LoopOptions, 'signal' | 'onPreparing'>,
): Promise<boolean> {
  const trials = trialsWithModels(spec)
  if (trials.length === 0) return true
  const child = asked(trials, folder, [], signal)
  for await (const line of child.iterable({ from: 'stdout', preserveNewlines: false })) onPreparing?.(line)
  const { exitCode, stderr } = await child
  if (signal?.aborted) return false
  if (exitCode !== 0) throw errorOf(stderr, exitCode)
  return true
}

/** What a person should know of the models that a sweep names: here, missing, how to get them. */
export async function encoderNotes(spec: SweepSpec, workspace: Pick<Workspace, 'folder'>): Promise<readonly string[]> {
  return (await encoderFindings(spec, workspace)).notes
}

/** The same, and why a start would be refused, if it would. */
export async function encoderFindings(
  spec: SweepSpec,
  workspace: Pick<Workspace, 'folder'>,
): Promise<{ readonly notes: readonly string[]; readonly refusal?: string }> {
  const { notes, refusal } = await checked(spec, workspace)
  return { notes, ...(refusal === undefined ? {} : { refusal: refusal.message }) }
}

/**
 * Refuses a sweep whose models cannot be used, before it has a folder. One that can be downloaded is not refused.
 *
 * @throws {UserError | EnvironmentError} what the trials would have failed with
 */
export async function requireEncoders(spec: SweepSpec, workspace: Pick<Workspace, 'folder'>): Promise<void> {
  const { refusal } = await checked(spec, workspace)
  if (refusal) throw thrown(refusal)
}

async function checked(spec: SweepSpec, { folder }: Pick<Workspace, 'folder'>): Promise<Check> {
  const trials = trialsWithModels(spec)
  if (trials.length === 0) return { notes: [] }
  const { exitCode, stdout, stderr } = await asked(trials, folder, ['--check'])
  if (exitCode !== 0) throw errorOf(stderr, exitCode)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Check
}

interface Check {
  readonly notes: readonly string[]
  readonly refusal?: Refusal
}

function asked(trials: readonly Params[], cwd: string, flags: readonly string[], signal?: AbortSignal) {
  return execa(process.execPath, [trainerProgram(), 'prepare', ...flags], {
    cwd,
    input: JSON.stringify(trials),
    reject: false,
    // It is no trial, even when this process was started by one.
    env: { [VARIABLE.trialDir]: undefined },
    ...(signal === undefined ? {} : { cancelSignal: signal }),
  })
}

/** One set of params for each kind of features that the sweep may need; empty when no trial uses a model. */
function trialsWithModels({ trainer, fixed, space }: SweepSpec): Params[] {
  if (trainer.kind !== 'builtin') return []
  let trials: Params[] = [fixed]
  for (const name of DECIDING) {
    const domain = space.parameters[name]
    if (domain === undefined) continue
    // What is drawn from a range cannot be made ahead; the model is checked all the same.
    const values: readonly ParamValue[] =
      'values' in domain ? domain.values : 'value' in domain ? [domain.value] : 'min' in domain ? [domain.min] : []
    if (values.length === 0) continue
    trials = trials.flatMap((params) => values.map((value) => ({ ...params, [name]: value }))).slice(0, MOST)
  }
  return trials.filter(({ encoder }) => typeof encoder === 'string' && encoder.startsWith('hf:'))
}

/** The trainer ends with one line of JSON when it refuses. */
function errorOf(stderr: string, exitCode: number | undefined): Error {
  const line = stderr.split('\n').findLast((text) => text.startsWith('{"code"'))
  if (line === undefined) {
    return new BugError(
      `The process that prepares encoders ended with ${exitCode ?? 'a signal'}: ${stderr.slice(-500)}`,
    )
  }
  return thrown(JSON.parse(line) as Refusal)
}

function thrown({ code, message, exitCode, suggestions }: Refusal): Error {
  const text = message.replace(/Nothing was trained\.$/, 'No trial was started.')
  const details = { code, suggestions, ref: 'docs/encoders.md' }
  return exitCode === 2 ? new UserError(text, details) : new EnvironmentError(text, details)
}

interface Refusal {
  readonly code: string
  readonly message: string
  readonly exitCode: number
  readonly suggestions: readonly string[]
}
