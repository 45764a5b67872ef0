import { nearest } from '../base/nearest.ts'
import type { Task } from './dataset.ts'
import { epochMetrics } from './metric-names.ts'
import { defaults } from './settings-schema.ts'
import type { SettingProblem } from './specific-values.ts'

/** Parameters of the training with presets and defaults filled in, as far as they are about each other or the data. */
interface Given {
  readonly epochs: unknown
  readonly monitor: unknown
  readonly cascade: unknown
  readonly startEpochs: ReadonlyMap<string, number>
}

/** What is wrong with settings that are each right alone, on this data. */
export function trainingProblems(given: Given, tasks: readonly Task[]): SettingProblem[] {
  return [...monitorProblems(given, tasks), ...cascadeProblems(given, tasks), ...stageProblems(given)]
}

function monitorProblems({ monitor = defaults.monitor }: Given, tasks: readonly Task[]): SettingProblem[] {
  const known = epochMetrics(tasks).filter((name) => name !== 'lr')
  if (typeof monitor !== 'string' || known.includes(monitor)) return []
  const [close] = nearest(monitor, known)
  const message = `monitor is "${monitor}", which no epoch reports. Known: ${known.join(', ')}.`
  return [{ path: 'monitor', message, ...(close === undefined ? {} : { fix: `monitor: ${close}` }) }]
}

function cascadeProblems({ cascade }: Given, tasks: readonly Task[]): SettingProblem[] {
  if (typeof cascade !== 'object' || cascade === null) return []
  return Object.entries(cascade).flatMap(([name, className]): SettingProblem[] => {
    const path = `cascade.${name}`
    const task = tasks.find((one) => one.name === name)
    if (!task) {
      const known = tasks.map((one) => one.name)
      const [close] = nearest(name, known)
      const message = `"${name}" is no task of this data. Known: ${known.join(', ')}.`
      return [{ path, message, ...(close === undefined ? {} : { fix: `cascade: {${close}: ${className}}` }) }]
    }
    if (!task.classes.includes(className)) {
      const [close] = nearest(String(className), task.classes)
      const message = `"${className}" is no class of ${name}. Known: ${task.classes.join(', ')}.`
      return [{ path, message, ...(close === undefined ? {} : { fix: `cascade: {${name}: ${close}}` }) }]
    }
    if (task.classes.length > 2) return []
    return [{ path, message: `${name} has two classes, so nothing is left to tell apart after ${className}.` }]
  })
}

function stageProblems({ epochs = defaults.epochs, startEpochs }: Given): SettingProblem[] {
  const late = [...startEpochs].filter(([, start]) => typeof epochs === 'number' && start > Math.max(1, epochs))
  const problems = late.map(([name, start]) => ({
    path: 'stages',
    message: `${name} begins in epoch ${start}, but there are ${epochs} epochs: it would never be trained.`,
  }))
  if ([...startEpochs.values()].includes(1) || startEpochs.size === 0) return problems
  return [...problems, { path: 'stages', message: 'No task begins in epoch 1, so there would be nothing to train.' }]
}
