import { z } from 'zod'
import type { SettingProblem } from './specific-values.ts'

const fraction = z.number().min(0).max(1)

/** Knobs that add training rows: names as a person types them. Sources are in docs/trainer.md. */
export const augmentationShape = {
  /** Chance of each word of an altered copy to be left out. */
  word_dropout: z.number().min(0).lt(1),
  /** Swaps of two words in an altered copy, as a share of its words. */
  word_swap: fraction,
  /** Program that words texts anew, and its arguments; see docs/data.md. Never through a shell. */
  augment_command: z.array(z.string().min(1)).min(1, 'Expected a program and its arguments').optional(),
  /** Rows between rows, on fixed features. */
  synthetic: z.enum(['none', 'smote', 'adasyn']),
  /** K of both. */
  synthetic_neighbours: z.number().int().min(1).max(100),
  /** Trainings after the first that also learn from what the one before was sure of; 0 = none. */
  pseudo_rounds: z.number().int().min(0).max(10),
  pseudo_confidence: fraction,
  /** Of a pseudo-labelled row in the loss; one of the file counts 1. */
  pseudo_weight: z.number().gt(0).max(10),
} as const

/** Settings of {@link augmentationShape} that add nothing. */
export const augmentationDefaults = {
  word_dropout: 0,
  word_swap: 0,
  synthetic: 'none',
  synthetic_neighbours: 5,
  pseudo_rounds: 0,
  pseudo_confidence: 0.95,
  pseudo_weight: 1,
} as const satisfies { readonly [name in keyof typeof augmentationShape]?: unknown }

type AugmentationScalars = z.output<z.ZodObject<typeof augmentationShape>>

/** {@link augmentationShape} as the trainer uses it. */
export interface AugmentationSettings {
  readonly wordDropout: number
  readonly wordSwap: number
  /** argv. */
  readonly augmentCommand?: readonly string[]
  readonly synthetic: AugmentationScalars['synthetic']
  readonly syntheticNeighbours: number
  readonly pseudoRounds: number
  readonly pseudoConfidence: number
  readonly pseudoWeight: number
}

export function augmentationSettings(scalars: AugmentationScalars): AugmentationSettings {
  return {
    wordDropout: scalars.word_dropout,
    wordSwap: scalars.word_swap,
    ...(scalars.augment_command && { augmentCommand: scalars.augment_command }),
    synthetic: scalars.synthetic,
    syntheticNeighbours: scalars.synthetic_neighbours,
    pseudoRounds: scalars.pseudo_rounds,
    pseudoConfidence: scalars.pseudo_confidence,
    pseudoWeight: scalars.pseudo_weight,
  }
}

/** Parameters with presets and defaults filled in, as far as knobs of this file depend on each other or on others. */
interface Given extends Readonly<Record<string, unknown>> {
  readonly data?: unknown
  readonly encoder?: unknown
  readonly unfreeze_layers?: unknown
}

/**
 * What is wrong with settings that are each right alone.
 *
 * @param mostCopies of any class
 */
export function augmentationProblems(given: Given, mostCopies: number): SettingProblem[] {
  const { data, synthetic, encoder, unfreeze_layers: layers } = given
  const problems: SettingProblem[] = []
  const hasUnlabelled = typeof data === 'object' && data !== null && 'unlabelled' in data
  if (Number(given.pseudo_rounds) > 0 && !hasUnlabelled) {
    const message = `pseudo_rounds is ${String(given.pseudo_rounds)}, but data names no unlabelled file.`
    problems.push({ path: 'pseudo_rounds', message, fix: 'data: {..., unlabelled: {file: unlabelled.csv}}' })
  }
  if (synthetic !== 'none' && encoder !== 'hash' && layers !== 0) {
    const message = `synthetic is ${String(synthetic)}, which makes rows of fixed features; those of an encoder that learns change.`
    problems.push({ path: 'synthetic', message, fix: 'unfreeze_layers: 0, or synthetic: none' })
  }
  if (mostCopies > 0 && !changesCopies(given)) {
    const message = 'augment_copies asks for altered copies, but nothing says how to alter them.'
    problems.push({ path: 'augment_copies', message, fix: 'word_dropout: 0.1, word_swap: 0.1 or augment_command' })
  }
  return problems
}

/** What is set to something and does nothing beside the others. */
export function idleAugmentation(given: Given, mostCopies: number): string[] {
  if (mostCopies > 0 || !changesCopies(given)) return []
  return ['word_dropout, word_swap and augment_command do nothing without augment_copies.']
}

const changesCopies = (given: Given) =>
  Number(given.word_dropout) > 0 || Number(given.word_swap) > 0 || given.augment_command !== undefined
