// Key: N rows of the training split.
import type { TrainingSettings } from '../training-settings.ts'

type Pacing = Pick<TrainingSettings, 'curriculum' | 'curriculumStart' | 'curriculumShare'>

/**
 * Share of the rows that an epoch may see, from `curriculumStart` to 1 over the first `curriculumShare` of the epochs.
 *
 * @param epoch 1 for the first
 * @source Platanios et al. 2019, "Competence-based curriculum learning", eq. 3 (linear) and 4 with p = 2 (root)
 */
export function admittedShare(epoch: number, epochs: number, pacing: Pacing): number {
  const { curriculum, curriculumStart: start, curriculumShare } = pacing
  const span = curriculumShare * epochs
  if (curriculum === 'none' || epoch > span) return 1
  const progress = (epoch - 1) / span
  const share =
    curriculum === 'linear' ? start + (1 - start) * progress : Math.sqrt(start ** 2 + (1 - start ** 2) * progress)
  return Math.min(1, share)
}

/**
 * The easiest rows of each combination of labels, as many of each as the share says: by loss alone a rare class, which
 * is the hardest, would be seen last. Row order stays.
 *
 * @param losses_N how hard each row was for a first model
 * @param groups_N name of the row's combination of labels
 * @source Hacohen and Weinshall 2019, "On the power of curriculum learning in training deep networks", alg. 1 with
 * self-taught scoring, classes balanced as there
 */
export function easiest(losses_N: Float32Array, groups_N: readonly string[], share: number): Int32Array {
  const places = new Map<string, number[]>()
  for (const [n, group] of groups_N.entries()) {
    const known = places.get(group)
    if (known) known.push(n)
    else places.set(group, [n])
  }
  const admitted = [...places.values()].flatMap((group) => {
    const byLoss = group.toSorted((a, b) => (losses_N[a] as number) - (losses_N[b] as number) || a - b)
    return byLoss.slice(0, Math.max(1, Math.round(share * group.length)))
  })
  return Int32Array.from(admitted).sort()
}
