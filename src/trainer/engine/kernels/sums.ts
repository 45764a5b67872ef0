/** Sum of each column of a matrix whose rows follow one another, from the first row to the last: a bias's gradient. */
export function columnSums(x: usize, rows: i32, columns: i32, out: usize): void {
  memory.fill(out, 0, (<usize>columns) << 2)
  for (let row: i32 = 0; row < rows; row++) {
    addTo(out, x, columns)
    x += (<usize>columns) << 2
  }
}

/**
 * Adds row after row of `x` to the row of `out` that `ids` names: the gradient of a gather. Ids outside of
 * 0 .. segments - 1 are left out.
 */
export function segmentSums(x: usize, ids: usize, rows: i32, width: i32, segments: i32, out: usize): void {
  const rowBytes = (<usize>width) << 2
  memory.fill(out, 0, <usize>segments * rowBytes)
  for (let row: i32 = 0; row < rows; row++, x += rowBytes) {
    const id = load<i32>(ids + ((<usize>row) << 2))
    if (id >= 0 && id < segments) addTo(out + <usize>id * rowBytes, x, width)
  }
}

function addTo(out: usize, x: usize, size: i32): void {
  const bytes = (<usize>size) << 2
  let at: usize = 0
  for (; at + 16 <= bytes; at += 16) v128.store(out + at, f32x4.add(v128.load(out + at), v128.load(x + at)))
  for (; at < bytes; at += 4) store<f32>(out + at, load<f32>(out + at) + load<f32>(x + at))
}
