import type { z } from 'zod'
import { ProblemsError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { Task } from './dataset.ts'
import { presets } from './presets.ts'
import {
  type DataSource,
  dataSchema,
  isEncoderName,
  type ScalarName,
  type SpecificName,
  scalarSchema,
  specificSchema,
  splitSchema,
} from './settings-schema.ts'
import { assignmentsOf, readTarget, type SettingProblem } from './specific-values.ts'

type RawParams = Readonly<Record<string, unknown>>

const scalarNames = Object.keys(scalarSchema.shape) as ScalarName[]
const specificNames = Object.keys(specificSchema) as SpecificName[]

/** Names of all parameters of the text classifier, sorted. */
export function settingNames(): string[] {
  return [...scalarNames, ...specificNames].sort()
}

/**
 * Only the data, with its defaults filled in.
 *
 * @throws {ProblemsError} SETTING_VALUE with what is wrong with it, and with the values of all other parameters
 */
export function dataOf(params: RawParams): DataSource {
  refuse(valueProblems(params))
  return dataSchema.parse(params.data)
}

/** @throws {ProblemsError} SETTING_VALUE unless there is no problem */
export function refuse(problems: readonly SettingProblem[]): void {
  const [first, ...others] = problems.map((problem) => ({ ...problem, code: 'SETTING_VALUE', where: problem.path }))
  if (first) throw new ProblemsError([first, ...others], 'Nothing was trained.')
}

/** The parameters of `params.preset`; empty without one. */
export function presetOf(params: RawParams): RawParams {
  const name = params.preset
  return typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name as keyof typeof presets] : {}
}

/** Only what has one value for the whole trial. */
export function scalarsOf(params: RawParams): RawParams {
  return Object.fromEntries(Object.entries(params).filter(([name]) => Object.hasOwn(scalarSchema.shape, name)))
}

/** Unknown parameters and values out of range. */
export function valueProblems(params: RawParams): SettingProblem[] {
  const missing =
    params.data === undefined ? [{ path: 'data', message: 'data is not given.', fix: 'data: quickstart' }] : []
  return [...missing, ...Object.keys(params).flatMap((key) => problemsOfOne(key, params))]
}

function problemsOfOne(key: string, params: RawParams): SettingProblem[] {
  if (isScalar(key)) return scalarProblems(key, params[key])
  const specific = specificNames.find((name) => key === name || key.startsWith(`${name}.`))
  if (specific) return assignmentsOf(specific, { [key]: params[key] }).flatMap((one) => numberProblems(specific, one))
  const [close] = nearest(key, settingNames())
  const message = `${key} is no parameter of the text classifier.`
  return [{ path: key, message, ...(close === undefined ? {} : { fix: close }) }]
}

function isScalar(name: string): name is ScalarName {
  return Object.hasOwn(scalarSchema.shape, name)
}

function scalarProblems(name: ScalarName, value: unknown): SettingProblem[] {
  if (name === 'encoder' && typeof value === 'string' && !isEncoderName(value)) {
    const message = `encoder is "${value}"; expected hash, or hf: with a model's name or folder.`
    return [{ path: name, message, fix: `encoder: hf:${value.trim() || 'bert-base-multilingual-cased'}` }]
  }
  if (name === 'data' && typeof value === 'string' && value !== 'quickstart') {
    const message = `data is "${value}"; expected "quickstart", or an object with file, text and tasks.`
    return [{ path: name, message, fix: `data: {file: ${value}, text: text, tasks: {label: label}}` }]
  }
  const checked = scalarSchema.shape[name].safeParse(value)
  if (checked.success) return []
  return checked.error.issues.flatMap(nearestForm).flatMap((issue): SettingProblem[] => {
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(name, issue.path, key))
    const path = [name, ...issue.path.map(String)].join('.')
    const seen = at(value, issue.path)
    const text = seen === undefined ? `${path} is not given` : `${path} is ${JSON.stringify(seen)}`
    return [{ path, message: `${text}. ${issue.message}.` }]
  })
}

/** Keys of the maps that a parameter may hold. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  data: Object.keys(dataSchema.options[1].shape),
  'data.split': Object.keys(splitSchema.options[1].shape),
  'data.unlabelled': Object.keys(dataSchema.options[1].shape.unlabelled.unwrap().shape),
}

function unknownKey(name: string, path: readonly PropertyKey[], key: string): SettingProblem {
  const map = [name, ...path.map(String)].join('.')
  const known = KEYS[map] ?? []
  const [close] = nearest(key, known)
  const message = `${map} has no key "${key}". Known: ${known.join(', ')}.`
  return { path: `${map}.${key}`, message, ...(close === undefined ? {} : { fix: `${map}.${close}` }) }
}

/** Where several forms are allowed, what is wrong by the one that the value has the shape of; "Invalid input" helps nobody. */
function nearestForm(issue: z.core.$ZodIssue): z.core.$ZodIssue[] {
  if (issue.code !== 'invalid_union') return [issue]
  const form = issue.errors.find((inner) =>
    inner.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  )
  if (form === undefined) return [issue]
  return form.flatMap((inner) => nearestForm({ ...inner, path: [...issue.path, ...inner.path] }))
}

function at(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
    value,
  )
}

function numberProblems(name: SpecificName, { path, value }: { path: string; value: unknown }): SettingProblem[] {
  const checked = specificSchema[name].value.safeParse(value)
  if (checked.success) return []
  return checked.error.issues.map(({ message }) => ({
    path,
    message: `${path} is ${JSON.stringify(value)}. ${message}.`,
  }))
}

/** Names of tasks that the data does not have, where its classes are not known. */
export function taskNameProblems(params: RawParams, tasks: readonly Task[]): SettingProblem[] {
  return nameProblems(
    params,
    tasks,
    specificNames.filter((name) => specificSchema[name].by === 'task'),
  )
}

/** Names of tasks and classes that the data does not have. */
export function nameProblems(
  params: RawParams,
  tasks: readonly Task[],
  settings: readonly SpecificName[] = specificNames,
): SettingProblem[] {
  return settings.flatMap((name) =>
    assignmentsOf(name, params).flatMap((assignment) => {
      const read = readTarget(assignment, tasks, specificSchema[name].by)
      return 'problem' in read ? [read.problem] : []
    }),
  )
}
