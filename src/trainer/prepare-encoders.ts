import { SweepError } from '../base/errors.ts'
import { bytes, counted } from '../base/human-readable.ts'
import { dataOf } from './check-settings.ts'
import { loadTexts } from './data/load-texts.ts'
import { knownArchitecture } from './encoders/known-models.ts'
import { modelName } from './encoders/model-folder.ts'
import { fetchCommand, isOffline, lackOf, modelHere, type OpenModel, openModel } from './encoders/open-model.ts'
import { encoderSource } from './features/index.ts'
import { INSTALL_ONNX_RUNTIME } from './frozen/onnx-runtime.ts'
import { checkedWay, type Way } from './frozen/open-runner.ts'
import { memoryOfFineTuning, smallerSteps, WASM_HEAP } from './memory-check.ts'
import { type Architecture, longestText } from './model/encoder/architecture.ts'
import { type RawParams, resolveSettings, type Settings } from './settings.ts'

/** Tells a person how far it is. */
type Say = (line: string) => void

/**
 * What the trials of a sweep would otherwise each wait for, done once before the first: models are fetched, and the
 * features of frozen encoders are computed and kept.
 *
 * @param trials params that differ in what decides the features; those without a model are passed over
 * @throws {UserError | EnvironmentError} what every trial would throw
 */
export async function prepareEncoders(trials: readonly RawParams[], say: Say): Promise<void> {
  const note = (_level: string, text: string) => say(text)
  for (const params of trials) {
    const { settings, texts } = resolved(params)
    if (settings.encoder === 'hash') continue
    if (settings.unfreezeLayers !== 0) {
      await openModel(settings.encoder, { use: 'fine-tuned', runsOnnx: false, say })
      continue
    }
    const encoder = await encoderSource(settings.encoder).fit({ texts: [], labels: [] }, settings, { note, say })
    say(`${settings.encoder}: ${settings.pooling} of at most ${counted(settings.maxLength, 'token')} a text`)
    await encoder.encode(texts.texts, { remember: true })
  }
}

/** What a look at the models of a sweep brings to light. */
export interface EncoderCheck {
  /** For people, a sentence or two each. */
  readonly notes: readonly string[]
  /** Why a start would be in vain, whatever the network allows. */
  readonly refusal?: SweepError
}

/** What a start would find on this machine of the models that a sweep names, or lack; computes and fetches nothing. */
export function checkEncoders(trials: readonly RawParams[]): EncoderCheck {
  const found = trials.map((params) => checkOf(resolved(params).settings))
  const refusal = found.map((check) => check.refusal).find((error) => error !== undefined)
  return { notes: [...new Set(found.flatMap(({ notes }) => notes))], ...(refusal && { refusal }) }
}

function resolved(params: RawParams) {
  const texts = loadTexts(dataOf(params))
  return { settings: resolveSettings(params, texts.tasks), texts }
}

function checkOf(settings: Settings): EncoderCheck {
  const { encoder, unfreezeLayers } = settings
  if (encoder === 'hash') return { notes: [] }
  const use = unfreezeLayers === 0 ? 'frozen' : 'fine-tuned'
  const name = modelName(encoder, process.cwd())
  const lack = lackOf(name, use, process.env)
  if (lack !== undefined && name.kind === 'hub' && !isOffline(process.env)) {
    const how = `A start downloads it first where the network allows; or by hand: ${fetchCommand(name)}`
    return { notes: [`encoder: ${encoder}: ${lack}. ${how}`, ...memoryNotes(knownArchitecture(name.id), settings)] }
  }
  try {
    const model = modelHere(encoder, { use })
    if (use === 'frozen') return { notes: [frozenNote(encoder, model, checkedWay(model))] }
    return { notes: memoryNotes(model.config.architecture, settings) }
  } catch (refusal) {
    if (!(refusal instanceof SweepError)) throw refusal
    const [reason = ''] = refusal.message.split(' Nothing was trained.')
    const fixes = refusal.suggestions.map((fix) => ` Try: ${fix}.`).join('')
    return { notes: [`${reason} Every trial with encoder: ${encoder} would fail.${fixes}`], refusal }
  }
}

/** How much memory fine-tuning takes, and which backend has it. */
function memoryNotes(architecture: Architecture | undefined, settings: Settings): string[] {
  if (architecture === undefined || settings.unfreezeLayers === 0) return []
  const needed = memoryOfFineTuning(architecture, settings, longestText(architecture))
  const takes = `Fine-tuning ${settings.encoder} takes about ${bytes(needed)} of tensors a trial`
  if (needed <= WASM_HEAP) return [`${takes}, which fits every backend.`]
  const ends = `those of backend wasm end at ${bytes(WASM_HEAP)}`
  const choice = settings.backend === 'wasm' ? 'Every trial would be refused' : 'It needs one of the others'
  return [`${takes}, and ${ends}. ${choice}. To make it fit: ${smallerSteps(settings).join('; ')}.`]
}

function frozenNote(encoder: string, { files }: OpenModel, way: Way): string {
  const once = `encoder: ${encoder} is here. Its features are computed once, before the first trial`
  if (way.kind === 'onnx') return `${once}, by ONNX Runtime.`
  if (files.onnx !== undefined) return `${once}, by our own code. ONNX Runtime is faster: ${INSTALL_ONNX_RUNTIME}`
  return `${once}, by our own code. With onnx/model.onnx beside it and onnxruntime-node it would be faster.`
}
