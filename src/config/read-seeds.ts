import type { TrainerSpec } from '../trial/sweep-spec.ts'
import { readNumber } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located, LocatedMap } from './located.ts'
import { SEED_NAMES } from './sweep-keys.ts'

/** More are a mistake in all likelihood, and each multiplies the whole sweep. */
const MOST_SEEDS = 10_000
const LARGEST = 2 ** 32 - 1

/** `seeds: 3` means 1, 2, 3; a list means itself. Without the key, one seed. */
export function readSeeds(node: Located | undefined, findings: Findings): number[] {
  if (node === undefined) return [1]
  if (node.kind !== 'list') {
    const count = readNumber(node, findings, { min: 1, max: MOST_SEEDS, whole: true })
    return Array.from({ length: count ?? 1 }, (_, i) => i + 1)
  }
  const seeds = node.items.flatMap((item) => readNumber(item, findings, { min: 0, max: LARGEST, whole: true }) ?? [])
  if (node.items.length === 0 || new Set(seeds).size < seeds.length) {
    const twice = seeds.find((seed, i) => seeds.indexOf(seed) < i)
    const seen = node.items.length === 0 ? 'is an empty list' : `has ${twice} twice`
    findings.problem({
      code: 'VALUE_RANGE',
      at: node.place,
      message: `seeds ${seen}; each seed is one trial of every configuration.`,
      fix: `seeds: ${node.items.length === 0 ? '3' : `[${[...new Set(seeds)].join(', ')}]`}`,
    })
  }
  return seeds
}

/** What the person should know about seeds and a program of their own. */
export function noteSeeds(
  parameters: LocatedMap,
  { seeds, trainer, findings }: { seeds: readonly number[]; trainer: TrainerSpec | undefined; findings: Findings },
): void {
  if (trainer?.kind !== 'command') return
  const written = trainer.argv.some((chunk) => chunk.includes(`\${seed}`) || chunk.includes('SWEEP_SEED'))
  const own = parameters.entries.find((entry) => SEED_NAMES.test(entry.key))
  if (own && seeds.length === 1) {
    findings.note(
      own.keyPlace,
      `${own.key} is searched like any other parameter. To rank configurations by their mean over seeds, write seeds: [...] and pass "--${own.key}=\${seed}" in command.`,
    )
  } else if (seeds.length > 1 && !written) {
    findings.note(
      parameters.place,
      `the ${seeds.length} seeds reach the program as the environment variable SWEEP_SEED; "--seed=\${seed}" in command passes them as an argument.`,
    )
  }
}
