import { UserError } from '../../../base/errors.ts'
import { counted } from '../../../base/human-readable.ts'
import type { SafetensorsArray } from '../../../protocol/safetensors.ts'
import type { NamedArrays, Parameter } from '../parameters.ts'
import type { Architecture } from './architecture.ts'
import { checkpointName, isOfEncoder, normalizedName } from './checkpoint-names.ts'
import { encoderParameters } from './parameters.ts'

export interface LoadedEncoder {
  /** By our names; matrices as inputs x outputs. */
  readonly weights: NamedArrays
  /** Names in the checkpoint that belong to poolers and heads on top, which are not used. */
  readonly unused: readonly string[]
}

/**
 * Takes an encoder's arrays out of a checkpoint of Hugging Face: with and without the prefix of its model, and with the
 * old names of layer norms.
 *
 * @param source of the arrays, for messages
 * @throws {UserError} ENCODER_WEIGHTS which lists everything that is missing, too much or of another shape
 */
export function loadEncoder(
  tensors: ReadonlyMap<string, SafetensorsArray>,
  architecture: Architecture,
  source: string,
): LoadedEncoder {
  const given = new Map([...tensors].map(([name, array]) => [normalizedName(name), { name, array }]))
  const weights = new Map<string, Float32Array>()
  const problems: string[] = []
  for (const parameter of encoderParameters(architecture)) {
    const name = checkpointName(architecture.family, parameter.name)
    const found = given.get(name)
    given.delete(name)
    const problem = found ? shapeProblem(found.array, parameter) : 'missing'
    if (problem) problems.push(`${name} ${problem}`)
    else weights.set(parameter.name, ourLayout((found as { array: SafetensorsArray }).array, parameter))
  }
  for (const [name] of given) if (isOfEncoder(name)) problems.push(`${name} is not part of this encoder`)
  if (problems.length > 0) throw refusal(problems, architecture, source)
  return { weights, unused: [...given.values()].map(({ name }) => name) }
}

/** Linear layers of a checkpoint are outputs x inputs; tables are as ours. */
const isTurned = ({ name, shape }: Parameter) => shape.length === 2 && name.endsWith('.weight')

function shapeProblem({ shape, values }: SafetensorsArray, parameter: Parameter): string | undefined {
  const expected = isTurned(parameter) ? [...parameter.shape].reverse() : parameter.shape
  if (shape.join('x') !== expected.join('x')) {
    return `has shape ${shape.join('x') || 'of one number'}, expected ${expected.join('x')}`
  }
  return values instanceof Float32Array ? undefined : 'holds whole numbers, expected F32, F16 or BF16'
}

function ourLayout({ values }: SafetensorsArray, parameter: Parameter): Float32Array {
  if (!isTurned(parameter)) return values as Float32Array
  const [inputs, outputs] = parameter.shape as [number, number]
  const turned = new Float32Array(values.length)
  for (let o = 0; o < outputs; o++) {
    for (let i = 0; i < inputs; i++) turned[i * outputs + o] = values[o * inputs + i] as number
  }
  return turned
}

/** More than these are counted, not listed: a wrong `config.json` makes all of them wrong. */
const LISTED = 12

function refusal(problems: readonly string[], architecture: Architecture, source: string): UserError {
  const { family, layers, width, vocabulary } = architecture
  const more = problems.length - LISTED
  return new UserError(
    [
      `${source} does not hold the encoder that its config.json describes (${family}, ${counted(layers, 'layer')}, ` +
        `width ${width}, ${vocabulary} tokens). Nothing was trained.`,
      ...problems.slice(0, LISTED).map((problem) => `  ${problem}`),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join('\n'),
    {
      code: 'ENCODER_WEIGHTS',
      suggestions: [
        'Take config.json and the weights from the same model, and a model of BERT, RoBERTa or DistilBERT.',
      ],
    },
  )
}
