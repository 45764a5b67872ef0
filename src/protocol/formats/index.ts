import type { Registry } from '../../base/registry.ts'
import { csv } from './csv.ts'
import type { ReportFormat } from './format.ts'
import { pythonDict } from './python-dict.ts'
import { tensorboard } from './tensorboard.ts'
import { trainerState } from './trainer-state.ts'

/** In order of trust: where two formats report the same metric of one trial, the first one counts. */
export const reportFormats = {
  'python-dict': pythonDict,
  'trainer-state': trainerState,
  csv,
  tensorboard,
} satisfies Registry<ReportFormat>
