import type { Check } from './machine-check.ts'

/** Drivers, GPUs and who holds their leases. */
export async function gpuChecks(): Promise<Check[]> {
  return []
}
