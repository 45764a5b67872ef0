import type { Findings } from './findings.ts'
import type { Located, Place } from './located.ts'
import { below } from './located.ts'

/**
 * What a `.ts` sweep file exports, as located values. JavaScript has no literals of its own for floats, so whole bounds
 * without a `distribution` make a range of whole numbers.
 */
export function locatedObject(value: unknown, place: Place, findings: Findings): Located {
  if (Array.isArray(value)) {
    const items = value.map((item, i) => locatedObject(item, below(place, i), findings))
    return { kind: 'list', place, items }
  }
  if (typeof value === 'object' && value !== null && isPlain(value)) {
    const entries = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => {
        const keyPlace = below(place, key)
        return { key, keyPlace, value: locatedObject(member, keyPlace, findings) }
      })
    return { kind: 'map', place, entries }
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    return { kind: 'scalar', place, value: value === 0 ? 0 : value, isFloat: !Number.isInteger(value) }
  }
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) {
    return { kind: 'scalar', place, value, isFloat: false }
  }
  findings.problem({
    code: typeof value === 'number' ? 'NUMBER_NOT_EXACT' : 'VALUE_TYPE',
    at: place,
    message: `${place.path || 'The export'} is ${typeof value === 'number' ? String(value) : `a ${typeof value}`}; a sweep file holds plain data only.`,
  })
  return { kind: 'scalar', place, value: null, isFloat: false }
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  // A file that was loaded by jiti has an Object of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
