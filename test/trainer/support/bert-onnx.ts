// Key: B texts, L tokens each, E width, A attention heads, D = E / A their width.
import type { Architecture } from '../../../src/trainer/model/encoder/architecture.ts'
import { checkpointName } from '../../../src/trainer/model/encoder/checkpoint-names.ts'
import { encoderParameters } from '../../../src/trainer/model/encoder/parameters.ts'
import { type Attribute, type OnnxArray, type OnnxNode, onnxModel } from './onnx-writer.ts'

/**
 * The ONNX file of a small BERT, with the last layer's states as its only output, as exporters write it: arrays that
 * are used as they are keep the names of their modules, and some layer norms are one node while others are nine.
 */
export function bertOnnx(architecture: Architecture, weights: ReadonlyMap<string, Float32Array>): Buffer {
  const { layers, heads: A, width: E, epsilon } = architecture
  const nodes: OnnxNode[] = []
  const arrays = new Map<string, OnnxArray>()
  for (const { name, shape } of encoderParameters(architecture)) {
    arrays.set(checkpointName('bert', name), { shape, values: weights.get(name) as Float32Array })
  }
  const constant = (name: string, values: Float32Array | BigInt64Array, shape: readonly number[]) => {
    arrays.set(name, { shape, values })
    return name
  }
  const number = (value: number) => constant(`number ${value}`, Float32Array.of(value), [])
  const integer = (value: number) => constant(`integer ${value}`, BigInt64Array.of(BigInt(value)), [])
  const list = (values: readonly number[]) =>
    constant(`list ${values.join(' ')}`, BigInt64Array.from(values, BigInt), [values.length])
  const op = (name: string, inputs: readonly string[], attributes: Record<string, Attribute> = {}) => {
    const output = `${name}_${nodes.length}`
    nodes.push({ op: name, inputs, output, attributes })
    return output
  }
  const array = (name: string) => checkpointName('bert', `encoder.${name}`)
  const dense = (x: string, name: string) =>
    op('Add', [op('MatMul', [x, array(`${name}.weight`)]), array(`${name}.bias`)])
  const wholeNorm = (x: string, name: string) =>
    op('LayerNormalization', [x, array(`${name}.weight`), array(`${name}.bias`)], {
      axis: -1,
      epsilon: { float: epsilon },
    })
  const normInParts = (x: string, name: string) => {
    const centred = op('Sub', [x, op('ReduceMean', [x], { axes: [-1] })])
    const variance = op('ReduceMean', [op('Mul', [centred, centred])], { axes: [-1] })
    const scaled = op('Div', [centred, op('Sqrt', [op('Add', [variance, number(epsilon)])])])
    return op('Add', [op('Mul', [scaled, array(`${name}.weight`)]), array(`${name}.bias`)])
  }

  const length = op('Gather', [op('Shape', ['input_ids']), integer(1)])
  const places = op('Range', [integer(0), length, integer(1)])
  const words = op('Gather', [array('embeddings.words'), 'input_ids'])
  const types = op('Gather', [array('embeddings.types'), 'token_type_ids'])
  const positions = op('Gather', [array('embeddings.positions'), places])
  let x = wholeNorm(op('Add', [op('Add', [words, types]), positions]), 'embeddings.norm')
  const absent = op('Sub', [number(1), op('Cast', ['attention_mask'], { to: 1 })])
  const mask = op('Unsqueeze', [op('Mul', [absent, number(-1e9)]), list([1, 2])])
  for (let layer = 0; layer < layers; layer++) {
    const name = `layer.${layer}`
    const perHead = (part: string, perm: readonly number[]) => {
      const split = op('Reshape', [dense(x, `${name}.attention.${part}`), list([0, 0, A, E / A])])
      return op('Transpose', [split], { perm })
    }
    const products = op('MatMul', [perHead('query', [0, 2, 1, 3]), perHead('key', [0, 2, 3, 1])])
    const scores = op('Add', [op('Mul', [products, number(1 / Math.sqrt(E / A))]), mask])
    const mixed = op('MatMul', [op('Softmax', [scores], { axis: -1 }), perHead('value', [0, 2, 1, 3])])
    const joined = op('Reshape', [op('Transpose', [mixed], { perm: [0, 2, 1, 3] }), list([0, 0, E])])
    const norm = layer % 2 === 0 ? wholeNorm : normInParts
    const attended = norm(op('Add', [x, dense(joined, `${name}.attention.output`)]), `${name}.attention.norm`)
    const inner = dense(attended, `${name}.feed_forward.inner`)
    const bent = op('Add', [op('Erf', [op('Mul', [inner, number(Math.SQRT1_2)])]), number(1)])
    const gelu = op('Mul', [op('Mul', [inner, number(0.5)]), bent])
    x = norm(op('Add', [attended, dense(gelu, `${name}.feed_forward.output`)]), `${name}.feed_forward.norm`)
  }
  nodes.push({ op: 'Identity', inputs: [x], output: 'last_hidden_state' })
  return onnxModel({
    nodes,
    arrays,
    inputs: ['input_ids', 'attention_mask', 'token_type_ids'],
    outputs: ['last_hidden_state'],
  })
}
