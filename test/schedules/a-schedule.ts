import type { Schedule } from '../../src/schedules/schedule.ts'

/** Every night at two, added at the beginning of 2026. */
export function aSchedule(changes: Partial<Schedule> = {}): Schedule {
  return {
    format: 1,
    name: 'nightly',
    sweep: 'nightly',
    at: '0 2 * * *',
    zone: 'UTC',
    missed: 'run',
    overlap: 'skip',
    flags: { set: [] },
    wokenBy: 'none',
    program: ['/usr/bin/node', '/opt/sweep/bin/run.js'],
    addedAt: Date.UTC(2026, 0, 1),
    environment: {},
    ...changes,
  }
}
