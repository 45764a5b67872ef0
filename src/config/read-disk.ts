import type { SweepSpec } from '../trial/sweep-spec.ts'
import { readMap, refuseOtherKeys } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located } from './located.ts'
import { described, entryOf } from './located.ts'

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
}
const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT]?i?B)$/i

/** `disk: { keep_free: 5GiB }`; 0 turns the guard off. */
export function readDisk(node: Located | undefined, findings: Findings): SweepSpec['disk'] {
  const map = readMap(node, findings)
  if (map === undefined) return undefined
  refuseOtherKeys(map, ['keep_free'], findings)
  const keepFreeBytes = readSize(entryOf(map, 'keep_free'), findings)
  return keepFreeBytes === undefined ? undefined : { keepFreeBytes }
}

/** `5GiB`, `500 MB`, or bytes as a plain number. @returns bytes */
export function readSize(node: Located | undefined, findings: Findings, fix = 'keep_free: 5GiB'): number | undefined {
  if (node === undefined) return undefined
  if (node.kind === 'scalar') {
    if (typeof node.value === 'number' && node.value >= 0) return Math.floor(node.value)
    const [, amount, unit] = SIZE.exec(String(node.value)) ?? []
    if (amount !== undefined && unit !== undefined) return Math.floor(Number(amount) * (UNITS[unit.toUpperCase()] ?? 1))
  }
  const message = `${node.place.path} is ${described(node)}; it must be a size such as 5GiB or 500MB.`
  findings.problem({ code: 'VALUE_TYPE', at: node.place, message, fix })
  return undefined
}
