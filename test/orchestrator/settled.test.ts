import { expect, it } from 'vitest'
import { gridSpec, runLoop } from './a-loop.ts'

it('ends with the reason of its stop rule, and a resume proposes nothing more', async () => {
  const spec = gridSpec(200, { stop: { expectedImprovement: 0.01 } })
  const objective = async () => 0.9
  const first = await runLoop({ spec, objective })
  expect(first.snapshot).toMatchObject({ state: 'finished', stoppedBy: 'settled', exhausted: true })
  expect(first.snapshot.stateReason).toContain('stop.expected_improvement')
  expect(first.snapshot.configurations.length).toBeGreaterThanOrEqual(20)
  expect(first.snapshot.configurations.length).toBeLessThan(150)
  const again = await runLoop({ spec, objective, dir: first.dir })
  expect(again.snapshot.configurations.length).toBe(first.snapshot.configurations.length)
  expect(again.snapshot.stoppedBy).toBe('settled')
})
