import { type Axes, pointKey, pointOf } from '../space/axes.ts'
import type { Configuration } from '../trial/trial.ts'

interface Known {
  readonly keys: Set<string>
  /** Configurations read so far; they are only ever added at the end. */
  read: number
}

const known = new WeakMap<readonly Configuration[], WeakMap<Axes, Known>>()

/** Keys of all points that were proposed before. */
export function knownPoints(axes: Axes, configurations: readonly Configuration[]): ReadonlySet<string> {
  let bySpace = known.get(configurations)
  if (bySpace === undefined) {
    bySpace = new WeakMap()
    known.set(configurations, bySpace)
  }
  let found = bySpace.get(axes)
  if (found === undefined) {
    found = { keys: new Set(), read: 0 }
    bySpace.set(axes, found)
  }
  for (; found.read < configurations.length; found.read++) {
    const point = pointOf(axes, (configurations[found.read] as Configuration).params)
    if (point !== undefined) found.keys.add(pointKey(point))
  }
  return found.keys
}
