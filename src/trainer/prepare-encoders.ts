import { counted } from '../base/human-readable.ts'
import { dataOf } from './check-settings.ts'
import { loadTexts } from './data/load-texts.ts'
import { modelName } from './encoders/model-folder.ts'
import { fetchCommand, isOffline, lackOf, modelHere, openModel } from './encoders/open-model.ts'
import { encoderSource } from './features/index.ts'
import { hasOnnxRuntime, INSTALL_ONNX_RUNTIME } from './frozen/onnx-runtime.ts'
import { noWay, wayToRun } from './frozen/open-runner.ts'
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

/** What a start would find on this machine of the models that a sweep names, or lack; spends and fetches nothing. */
export function encoderNotes(trials: readonly RawParams[]): string[] {
  return [...new Set(trials.flatMap((params) => notesOf(resolved(params).settings)))]
}

function resolved(params: RawParams) {
  const texts = loadTexts(dataOf(params))
  return { settings: resolveSettings(params, texts.tasks), texts }
}

function notesOf({ encoder, unfreezeLayers }: Settings): string[] {
  if (encoder === 'hash') return []
  const use = unfreezeLayers === 0 ? 'frozen' : 'fine-tuned'
  const name = modelName(encoder, process.cwd())
  const lack = lackOf(name, use, process.env)
  const command = fetchCommand(name)
  if (lack !== undefined && (name.kind === 'folder' || isOffline(process.env))) {
    const fetch = command === undefined ? '' : ` Get it on a machine with network: ${command}`
    return [`encoder: ${encoder} cannot be used: ${lack}. Every trial with it would fail.${fetch}`]
  }
  if (lack !== undefined) {
    return [`encoder: ${encoder}: ${lack}. A start downloads it first where the network allows; or by hand: ${command}`]
  }
  return [...(use === 'frozen' ? frozenNotes(encoder) : [])]
}

function frozenNotes(encoder: `hf:${string}`): string[] {
  const model = modelHere(encoder, { use: 'frozen' })
  const way = wayToRun(model)
  if (way === undefined) {
    const { reason, fixes } = noWay(model)
    return [
      `encoder: ${encoder}: ${reason} Every trial with it would fail. ${fixes.map((fix) => `Try: ${fix}`).join(' ')}`,
    ]
  }
  const once = 'Its features are computed once, before the first trial'
  if (way.kind === 'onnx') return [`encoder: ${encoder} is here. ${once}, by ONNX Runtime.`]
  const faster =
    model.files.onnx === undefined
      ? 'With onnx/model.onnx beside it and onnxruntime-node it would be several times as fast.'
      : hasOnnxRuntime()
        ? ''
        : `ONNX Runtime is several times as fast: ${INSTALL_ONNX_RUNTIME}`
  return [`encoder: ${encoder} is here. ${once}, by our own code. ${faster}`.trim()]
}
