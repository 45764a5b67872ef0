import { existsSync, statSync } from 'node:fs'
import { SweepError } from '../../base/errors.ts'
import { counted } from '../../base/human-readable.ts'
import { lastFirings } from '../../schedules/firing.ts'
import type { Schedule } from '../../schedules/schedule.ts'
import { filesOf, readSchedule, scheduleNames } from '../../schedules/schedule-folder.ts'
import type { Check } from '../machine-check.ts'
import type { Workspace } from '../workspace.ts'
import { settled } from './last-sweep.ts'
import { installerOf, timerOf } from './timer.ts'

/** For `sweep doctor`: would the schedules of this project fire tonight? Nothing when there is none. */
export async function scheduleChecks(workspace: Workspace): Promise<Check[]> {
  return Promise.all(scheduleNames(workspace.folder).map((name) => checkOf(workspace, name)))
}

async function checkOf(workspace: Workspace, name: string): Promise<Check> {
  const check = { name: `schedule ${name}` }
  try {
    const schedule = readSchedule(workspace.folder, name)
    const trouble = (await timerTrouble(workspace, schedule)) ?? resultTrouble(workspace, schedule)
    if (trouble !== undefined) return { ...check, ...trouble }
    return { ...check, state: 'ok', saw: `${schedule.at}, woken by ${schedule.wokenBy}` }
  } catch (error) {
    if (!(error instanceof SweepError)) throw error
    return { ...check, state: 'fail', saw: error.message, ...adviceOf(error.suggestions) }
  }
}

const adviceOf = ([first]: readonly string[]) => (first === undefined ? {} : { advice: first })

type Trouble = Omit<Check, 'name'>

/** What keeps it from being woken. */
async function timerTrouble({ folder }: Workspace, schedule: Schedule): Promise<Trouble | undefined> {
  const { name, wokenBy, program, at } = schedule
  const again = `sweep schedule add ${name} --at "${at}" and its other flags (sweep schedule list ${name}) installs it again`
  const gone = program.find((path) => !existsSync(path))
  if (gone !== undefined) {
    return { state: 'fail', saw: `its timer calls ${gone}, which is no longer there`, advice: again }
  }
  const installer = installerOf(wokenBy)
  const refusal = await installer.refusal()
  if (refusal !== undefined) return { state: 'fail', saw: `${wokenBy} does not wake it: ${refusal}`, advice: again }
  const state = await installer.look(timerOf(folder, schedule))
  if (state === 'missing') return { state: 'fail', saw: `nothing of it is left in ${wokenBy}`, advice: again }
  if (state === 'differs') return { state: 'warn', saw: `${wokenBy} has something else for it`, advice: again }
  return undefined
}

/** What went wrong at its last firing, or before it could begin. */
function resultTrouble(workspace: Workspace, { name }: Schedule): Trouble | undefined {
  const { timerLog } = filesOf(workspace.folder, name)
  const firings = lastFirings(workspace.folder, name).map((firing) => settled(workspace, firing))
  const [last] = firings
  if (last?.outcome === 'failed') {
    const failed = firings.findIndex(({ outcome }) => outcome !== 'failed')
    const times = counted(failed === -1 ? firings.length : failed, 'firing')
    return { state: 'warn', saw: `the last ${times} failed: ${last.reason ?? 'see its log'}`, advice: last.log }
  }
  const stats = statSync(timerLog, { throwIfNoEntry: false })
  if (stats !== undefined && stats.size > 0 && stats.mtimeMs > (last?.startedAt ?? 0)) {
    return { state: 'warn', saw: 'its timer said something when it called sweep', advice: `read ${timerLog}` }
  }
  return undefined
}
