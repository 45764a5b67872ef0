import type { Registry } from '../base/registry.ts'
import type { Section } from './block.ts'
import { calibration } from './sections/calibration.ts'
import { changes } from './sections/changes.ts'
import { configuration } from './sections/configuration.ts'
import { crossTables } from './sections/cross-tables.ts'
import { curves } from './sections/curves.ts'
import { ensemble } from './sections/ensemble.ts'
import { failures } from './sections/failures.ts'
import { importance } from './sections/importance.ts'
import { nextSpace } from './sections/next-space.ts'
import { objectives } from './sections/objectives.ts'
import { outOfMemory } from './sections/out-of-memory.ts'
import { outlook } from './sections/outlook.ts'
import { parameters } from './sections/parameters.ts'
import { problems } from './sections/problems.ts'
import { provenance } from './sections/provenance.ts'
import { ranking } from './sections/ranking.ts'
import { seeds } from './sections/seeds.ts'
import { summary } from './sections/summary.ts'
import { targets } from './sections/targets.ts'
import { tasks } from './sections/tasks.ts'
import { time } from './sections/time.ts'

/** The sections of a report, in the order in which they appear. */
export const sections = {
  summary,
  ranking,
  objectives,
  outlook,
  targets,
  problems,
  tasks,
  'cross-tables': crossTables,
  calibration,
  parameters,
  importance,
  curves,
  seeds,
  ensemble,
  configuration,
  changes,
  time,
  'out-of-memory': outOfMemory,
  failures,
  'next-space': nextSpace,
  provenance,
} satisfies Registry<Section>
