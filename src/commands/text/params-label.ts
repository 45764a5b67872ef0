import type { Params, ParamValue } from '../../space/domain.ts'

/** `gamma=2 boost.neutral=3`: parameters as one line, nested groups with a dot. */
export function paramsLabel(params: Params): string {
  return flattened(params)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ')
}

/** Leaves of nested groups, by their dotted path, in the order written. */
export function flattened(params: Params, prefix = ''): [path: string, value: ParamValue][] {
  return Object.entries(params).flatMap(([name, value]): [string, ParamValue][] =>
    isGroup(value) ? flattened(value, `${prefix}${name}.`) : [[`${prefix}${name}`, value]],
  )
}

function isGroup(value: ParamValue): value is Params {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Numbers with six significant digits at most: a sampled 0.00012345678901 is unreadable in a table. */
export function valueText(value: ParamValue): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(6)))
  return typeof value === 'string' ? value : JSON.stringify(value)
}
