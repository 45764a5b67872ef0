import { type Field, fieldsOf } from '../../protocol/formats/protobuf.ts'

/**
 * Numbers of the fields that are read or written.
 *
 * @source onnx.proto: ModelProto.graph; GraphProto.node, .output; NodeProto.input, .output; ValueInfoProto.name, .type
 */
const FIELD = { graph: 7, node: 1, graphOutput: 12, nodeInput: 1, nodeOutput: 2, valueName: 1 } as const

/** The shift of the layer norm that ends a layer, as exporters name it after the module; the same in every export. */
const END_OF_LAYER = /layer\.(\d+)\.(?:output\.LayerNorm|output_layer_norm)\.(?:bias|beta)$/

/** What some exporters have among the outputs already: `hidden_states.0` is of the embeddings. */
const HIDDEN_STATE = /^hidden_states?[._](\d+)$/

/** An ONNX graph that also answers what its last layers say. */
export interface GraphWithLayers {
  readonly model: Uint8Array
  /** Names of outputs, the last layer's last. */
  readonly outputs: readonly string[]
}

/**
 * Adds the outputs of the last layers to the outputs of a graph, because exports give the last layer's only. The node
 * that ends a layer is the one that reads the shift of its layer norm, whether that norm is one node or ten.
 *
 * @param layers of the encoder
 * @param wanted layers, counted from the last
 * @returns undefined when the graph does not show where its layers end
 */
export function withLayerOutputs(model: Buffer, layers: number, wanted: number): GraphWithLayers | undefined {
  const graph = bytesOf(model, FIELD.graph)[0]
  if (graph === undefined) return undefined
  const numbers = Array.from({ length: wanted }, (_, i) => layers - wanted + i)
  const present = new Set(bytesOf(graph, FIELD.graphOutput).flatMap((value) => namesIn(value, FIELD.valueName)))
  const given = new Map([...present].map((name) => [Number(HIDDEN_STATE.exec(name)?.[1] ?? Number.NaN) - 1, name]))
  const ends = layerEnds(graph)
  const outputs = numbers.map((layer) => given.get(layer) ?? ends.get(layer))
  if (!outputs.every((name) => name !== undefined)) return undefined
  return {
    model: withOutputs(
      model,
      graph,
      outputs.filter((name) => !present.has(name)),
    ),
    outputs,
  }
}

/** Layer number to the value that leaves it. */
function layerEnds(graph: Buffer): Map<number, string> {
  const ends = new Map<number, string>()
  for (const node of bytesOf(graph, FIELD.node)) {
    const layer = namesIn(node, FIELD.nodeInput)
      .map((name) => END_OF_LAYER.exec(name)?.[1])
      .find((number) => number !== undefined)
    const [output] = namesIn(node, FIELD.nodeOutput)
    if (layer !== undefined && output !== undefined) ends.set(Number(layer), output)
  }
  return ends
}

const isBytes = (field: Field): field is Extract<Field, { data: Buffer }> => field.wire === 'bytes'

const bytesOf = (message: Buffer, number: number): Buffer[] =>
  [...fieldsOf(message)]
    .filter((field) => field.number === number && isBytes(field))
    .map((field) => (field as { data: Buffer }).data)

const namesIn = (message: Buffer, number: number) => bytesOf(message, number).map((data) => data.toString('utf8'))

/** The model again with a longer graph: fields of protobuf may come in any order, so the new ones go to its end. */
function withOutputs(model: Buffer, graph: Buffer, names: readonly string[]): Uint8Array {
  const added = names.map((name) => lengthDelimited(FIELD.graphOutput, floatValue(name)))
  const parts: Uint8Array[] = []
  // `graph` is a view into `model`: what stands before and after it stays, but for its tag and length.
  const start = graph.byteOffset - model.byteOffset
  const head = tagged(FIELD.graph, graph.length)
  parts.push(model.subarray(0, start - head.length))
  parts.push(tagged(FIELD.graph, graph.length + added.reduce((sum, part) => sum + part.length, 0)), graph, ...added)
  parts.push(model.subarray(start + graph.length))
  return Buffer.concat(parts)
}

/** A value of type float32 whose shape the runtime works out. */
function floatValue(name: string): Buffer {
  const tensorType = Buffer.from([0x08, 0x01])
  const type = lengthDelimited(1, tensorType)
  return Buffer.concat([lengthDelimited(1, Buffer.from(name, 'utf8')), lengthDelimited(2, type)])
}

const lengthDelimited = (number: number, content: Buffer) => Buffer.concat([tagged(number, content.length), content])

const tagged = (number: number, length: number) => Buffer.concat([varint(number * 8 + 2), varint(length)])

function varint(value: number): Buffer {
  const bytes: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  return Buffer.from([...bytes, left])
}
