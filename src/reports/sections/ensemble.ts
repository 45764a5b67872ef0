import { z } from 'zod'
import { entry } from '../../base/registry.ts'
import type { Block, ReportContext, Section } from '../block.ts'

function render(_: ReportContext): Block[] | 'nothing to show' {
  return 'nothing to show'
}

export const ensemble = entry({
  summary: 'Each ensemble method against the best single seed and the mean single seed.',
  options: z.object({}),
  create: (): Section => ({ title: 'Ensemble', render }),
})
