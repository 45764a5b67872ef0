import { z } from 'zod'
import { entry } from '../base/registry.ts'
import type { Installer } from './installer.ts'

/** Nothing is installed: for containers, and where neither systemd nor cron runs. */
export const foreground = entry({
  summary: 'Nothing is installed: `sweep schedule run` stays in the foreground and fires it.',
  options: z.object({}),
  create: (): Installer => ({
    refusal: async () => undefined,
    install: async () => 'nothing is installed; it fires while "sweep schedule run" runs',
    remove: async () => false,
    look: async () => 'installed',
  }),
})
