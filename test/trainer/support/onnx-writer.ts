/** A message of protobuf, being written: fields by number. */
type Part = Buffer

const varint = (value: number): Buffer => {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, BigInt(value))
  for (; left >= 128n; left >>= 7n) bytes.push(Number(left & 127n) | 128)
  return Buffer.from([...bytes, Number(left)])
}
const whole = (field: number, value: number): Part => Buffer.concat([varint(field * 8), varint(value)])
const text = (field: number, value: string): Part => message(field, [Buffer.from(value, 'utf8')])
const message = (field: number, parts: readonly Part[]): Part => {
  const content = Buffer.concat(parts)
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content])
}

const FLOAT = 1
const INT64 = 7

export type Attribute = number | readonly number[] | { readonly float: number }

/** A node: operation, its inputs and what its only output is called. */
export interface OnnxNode {
  readonly op: string
  readonly inputs: readonly string[]
  readonly output: string
  readonly attributes?: Readonly<Record<string, Attribute>>
}

export interface OnnxArray {
  readonly shape: readonly number[]
  readonly values: Float32Array | BigInt64Array
}

/**
 * An ONNX file, opset 17.
 *
 * @source onnx.proto of onnx 1.16: the numbers of the fields
 */
export function onnxModel(graph: {
  readonly nodes: readonly OnnxNode[]
  readonly arrays: ReadonlyMap<string, OnnxArray>
  /** int64, batch x tokens. */
  readonly inputs: readonly string[]
  /** float32, batch x tokens x width. */
  readonly outputs: readonly string[]
}): Buffer {
  const parts = [
    ...graph.nodes.map(node),
    text(2, 'graph'),
    ...[...graph.arrays].map(([name, array]) => initializer(name, array)),
    ...graph.inputs.map((name) => value(11, name, { type: INT64, axes: ['batch', 'tokens'] })),
    ...graph.outputs.map((name) => value(12, name, { type: FLOAT, axes: ['batch', 'tokens', 'width'] })),
  ]
  return Buffer.concat([whole(1, 8), message(7, parts), message(8, [text(1, ''), whole(2, 17)])])
}

function node({ op, inputs, output, attributes = {} }: OnnxNode): Part {
  const own = Object.entries(attributes).map(([name, given]) => message(5, attribute(name, given)))
  return message(1, [...inputs.map((name) => text(1, name)), text(2, output), text(4, op), ...own])
}

function attribute(name: string, given: Attribute): Part[] {
  if (typeof given === 'number') return [text(1, name), whole(3, given), whole(20, 2)]
  if ('float' in given) {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(given.float)
    return [text(1, name), Buffer.concat([varint(2 * 8 + 5), bytes]), whole(20, 1)]
  }
  return [text(1, name), ...given.map((one) => whole(8, one)), whole(20, 7)]
}

function initializer(name: string, { shape, values }: OnnxArray): Part {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength)
  const type = values instanceof Float32Array ? FLOAT : INT64
  return message(5, [...shape.map((side) => whole(1, side)), whole(2, type), text(8, name), message(9, [bytes])])
}

function value(field: number, name: string, { type, axes }: { type: number; axes: readonly string[] }): Part {
  const shape = message(
    2,
    axes.map((axis) => message(1, [text(2, axis)])),
  )
  return message(field, [text(1, name), message(2, [message(1, [whole(1, type), shape])])])
}
