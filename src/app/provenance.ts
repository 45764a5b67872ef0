import { cpus, hostname, release } from 'node:os'
import { releaseVersion } from '../base/package-folder.ts'
import type { SlotPool } from '../gpus/slot.ts'
import type { SweepSpec } from '../trial/sweep-spec.ts'
import { codeVersion, dataFolder, dataVersion, gitState } from './code-version.ts'
import type { Workspace } from './workspace.ts'

/** What a sweep was made by, for whoever wonders a year later why it cannot be repeated. */
export function provenanceOf(
  spec: SweepSpec,
  workspace: Pick<Workspace, 'folder'>,
  slots: Pick<SlotPool, 'slots'>,
): Record<string, string> {
  const gpus = new Map(slots.slots.flatMap((slot) => slot.gpus.map(({ gpu }) => [gpu.uuid, gpu.model])))
  const cores = cpus()
  const known = {
    sweep: releaseVersion(),
    node: process.version,
    host: hostname(),
    system: `${process.platform} ${release()} ${process.arch}`,
    cpus: `${cores.length} x ${cores[0]?.model.trim() ?? 'unknown'}`,
    gpus: [...gpus.values()].join(', ') || 'none',
    git: gitState(workspace.folder),
    code: codeVersion(spec.trainer),
    data: dataVersion(spec.fixed, dataFolder(spec, workspace)),
  }
  return Object.fromEntries(Object.entries(known).filter((pair): pair is [string, string] => pair[1] !== undefined))
}
