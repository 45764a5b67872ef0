import { join } from 'node:path'
import { parseObject } from '../base/ndjson.ts'
import { TRIAL_FILES } from '../protocol/attempt-environment.ts'
import type { Params, ParamValue } from '../space/domain.ts'
import type { ReportContext } from './block.ts'
import { factsOf } from './facts.ts'
import { flatParams } from './params.ts'
import { readText, trialFolder } from './trial-files.ts'

/**
 * Settings as the trainer resolved them (preset and defaults filled in), when it wrote `details/settings.json`;
 * empty for trainers that do not.
 */
export function usedSettings({ snapshot, sweepDir }: ReportContext): ReadonlyMap<string, ParamValue> {
  const [trial] = factsOf(snapshot).winnerTrials
  if (trial === undefined) return new Map()
  const text = readText(join(trialFolder(sweepDir, trial), TRIAL_FILES.details, 'settings.json'))
  const settings = parseObject(text ?? '')
  // What JSON can hold is what a parameter can be.
  return settings === undefined ? new Map() : flatParams(settings as Params)
}
