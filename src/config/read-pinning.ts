import { tasksetProgram } from '../executors/local/pinning.ts'
import { readBoolean } from './fields.ts'
import type { Findings } from './findings.ts'
import type { Located } from './located.ts'

/** Whether trials are kept on cores of their own; where that cannot be done, the person is told before the start. */
export function readPinning(node: Located | undefined, findings: Findings): boolean | undefined {
  const wanted = readBoolean(node, findings)
  if (wanted !== true || node === undefined || tasksetProgram() !== undefined) return wanted
  const missing =
    process.platform === 'linux' ? 'the program taskset (package util-linux) is missing' : 'only Linux can'
  findings.note(node.place, `resources.pin_cpus has no effect here: ${missing}.`)
  return wanted
}
