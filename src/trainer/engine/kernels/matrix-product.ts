// Key: A is M x K, B is K x N, C is M x N; 4 rows by 8 columns of C are computed at a time.
// Blocked as in Goto and van de Geijn, "Anatomy of high-performance matrix multiplication" (2008): the part of B that
// is in use stays in the first cache, packed in the order in which it is read.

const TILE_ROWS: i32 = 4
const TILE_COLUMNS: i32 = 8
/** How much of K, M and N is packed at once. */
const BLOCK_K: i32 = 256
const BLOCK_M: i32 = 256
const BLOCK_N: i32 = 1024

/** Bytes of scratch that {@link multiply} needs: a block of B, a block of A and a tile. */
export const SCRATCH: i32 = (BLOCK_K * BLOCK_N + BLOCK_M * BLOCK_K + TILE_ROWS * TILE_COLUMNS) << 2

/**
 * C = A B. The strides say how many values lie between two neighbours in a column or a row, so that a transposed
 * operand is the same memory with its strides swapped. C's rows follow one another. Each value of C is a sum over K in
 * rising order, rounded after each step.
 */
export function multiply(
  a: usize,
  aRowStride: i32,
  aColumnStride: i32,
  b: usize,
  bRowStride: i32,
  bColumnStride: i32,
  c: usize,
  M: i32,
  N: i32,
  K: i32,
  scratch: usize,
): void {
  if (K === 0) memory.fill(c, 0, (<usize>M * <usize>N) << 2)
  const packedB = scratch
  const packedA = packedB + BLOCK_K * BLOCK_N * 4
  const edge = packedA + BLOCK_M * BLOCK_K * 4
  for (let j: i32 = 0; j < N; j += BLOCK_N) {
    const columns = min(BLOCK_N, N - j)
    for (let k: i32 = 0; k < K; k += BLOCK_K) {
      const depth = min(BLOCK_K, K - k)
      packB(at(b, k * bRowStride + j * bColumnStride), bRowStride, bColumnStride, depth, columns, packedB)
      for (let i: i32 = 0; i < M; i += BLOCK_M) {
        const rows = min(BLOCK_M, M - i)
        packA(at(a, i * aRowStride + k * aColumnStride), aRowStride, aColumnStride, rows, depth, packedA)
        multiplyBlock(packedA, packedB, at(c, i * N + j), N, rows, columns, depth, k === 0, edge)
      }
    }
  }
}

function at(values: usize, index: i32): usize {
  return values + ((<usize>index) << 2)
}

/** Panels of 8 columns: for each step along K, 8 values. */
function packB(b: usize, rowStride: i32, columnStride: i32, depth: i32, columns: i32, out: usize): void {
  for (let j: i32 = 0; j < columns; j += TILE_COLUMNS) {
    const panel = at(b, j * columnStride)
    packLanes(panel, columnStride, rowStride, columns - j, depth, out, TILE_COLUMNS)
    packLanes(at(panel, 4 * columnStride), columnStride, rowStride, columns - j - 4, depth, out + 16, TILE_COLUMNS)
    out += (<usize>(depth * TILE_COLUMNS)) << 2
  }
}

/** Panels of 4 rows: for each step along K, 4 values. */
function packA(a: usize, rowStride: i32, columnStride: i32, rows: i32, depth: i32, out: usize): void {
  for (let i: i32 = 0; i < rows; i += TILE_ROWS) {
    packLanes(at(a, i * rowStride), rowStride, columnStride, rows - i, depth, out, TILE_ROWS)
    out += (<usize>(depth * TILE_ROWS)) << 2
  }
}

/** For each step along K the values of 4 lanes side by side; zeros where there are fewer lanes. */
function packLanes(
  source: usize,
  laneStride: i32,
  stepStride: i32,
  lanes: i32,
  depth: i32,
  out: usize,
  outStride: i32,
): void {
  const outBytes = (<usize>outStride) << 2
  if (lanes < 4) {
    for (let k: i32 = 0; k < depth; k++, out += outBytes) {
      v128.store(out, f32x4.splat(0))
      for (let lane: i32 = 0; lane < lanes; lane++) {
        store<f32>(at(out, lane), load<f32>(at(source, lane * laneStride + k * stepStride)))
      }
    }
  } else if (laneStride === 1) {
    const stepBytes = (<usize>stepStride) << 2
    for (let k: i32 = 0; k < depth; k++, source += stepBytes, out += outBytes) v128.store(out, v128.load(source))
  } else {
    packStrided(source, laneStride, stepStride, depth, out, outBytes)
  }
}

/** 4 lanes that do not lie side by side; 4 by 4 values are transposed at a time where the steps do. */
function packStrided(source: usize, laneStride: i32, stepStride: i32, depth: i32, out: usize, outBytes: usize): void {
  const second = at(source, laneStride)
  const third = at(source, 2 * laneStride)
  const fourth = at(source, 3 * laneStride)
  let k: i32 = 0
  if (stepStride === 1) {
    for (; k + 4 <= depth; k += 4, out += 4 * outBytes) {
      const x0 = v128.load(at(source, k))
      const x1 = v128.load(at(second, k))
      const x2 = v128.load(at(third, k))
      const x3 = v128.load(at(fourth, k))
      const low01 = v128.shuffle<f32>(x0, x1, 0, 4, 1, 5)
      const high01 = v128.shuffle<f32>(x0, x1, 2, 6, 3, 7)
      const low23 = v128.shuffle<f32>(x2, x3, 0, 4, 1, 5)
      const high23 = v128.shuffle<f32>(x2, x3, 2, 6, 3, 7)
      v128.store(out, v128.shuffle<i64>(low01, low23, 0, 2))
      v128.store(out + outBytes, v128.shuffle<i64>(low01, low23, 1, 3))
      v128.store(out + 2 * outBytes, v128.shuffle<i64>(high01, high23, 0, 2))
      v128.store(out + 3 * outBytes, v128.shuffle<i64>(high01, high23, 1, 3))
    }
  }
  for (; k < depth; k++, out += outBytes) {
    const step = k * stepStride
    store<f32>(out, load<f32>(at(source, step)))
    store<f32>(out, load<f32>(at(second, step)), 4)
    store<f32>(out, load<f32>(at(third, step)), 8)
    store<f32>(out, load<f32>(at(fourth, step)), 12)
  }
}

/** Adds to C, or starts it, what one block of K gives. */
function multiplyBlock(
  packedA: usize,
  packedB: usize,
  c: usize,
  cStride: i32,
  rows: i32,
  columns: i32,
  depth: i32,
  isFirst: bool,
  edge: usize,
): void {
  for (let j: i32 = 0; j < columns; j += TILE_COLUMNS) {
    const panelB = at(packedB, j * depth)
    const width = min(TILE_COLUMNS, columns - j)
    for (let i: i32 = 0; i < rows; i += TILE_ROWS) {
      const panelA = at(packedA, i * depth)
      const corner = at(c, i * cStride + j)
      const height = min(TILE_ROWS, rows - i)
      if (width === TILE_COLUMNS && height === TILE_ROWS) {
        multiplyTile(panelA, panelB, corner, cStride, depth, isFirst)
      } else {
        // A tile that hangs over the end of C is computed beside it.
        if (!isFirst) copyTile(corner, cStride, edge, TILE_COLUMNS, height, width)
        multiplyTile(panelA, panelB, edge, TILE_COLUMNS, depth, isFirst)
        copyTile(edge, TILE_COLUMNS, corner, cStride, height, width)
      }
    }
  }
}

function copyTile(from: usize, fromStride: i32, to: usize, toStride: i32, height: i32, width: i32): void {
  for (let i: i32 = 0; i < height; i++) {
    for (let j: i32 = 0; j < width; j++) {
      store<f32>(at(to, i * toStride + j), load<f32>(at(from, i * fromStride + j)))
    }
  }
}

/** The inner loop: 16 multiplications and additions of 4 values for 6 loads, all sums in registers. */
function multiplyTile(a: usize, b: usize, c: usize, cStride: i32, depth: i32, isFirst: bool): void {
  const row1 = at(c, cStride)
  const row2 = at(c, 2 * cStride)
  const row3 = at(c, 3 * cStride)
  let c00 = f32x4.splat(0)
  let c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0)
  let c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0)
  let c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0)
  let c31 = f32x4.splat(0)
  if (!isFirst) {
    c00 = v128.load(c)
    c01 = v128.load(c, 16)
    c10 = v128.load(row1)
    c11 = v128.load(row1, 16)
    c20 = v128.load(row2)
    c21 = v128.load(row2, 16)
    c30 = v128.load(row3)
    c31 = v128.load(row3, 16)
  }
  const end = a + ((<usize>(depth * TILE_ROWS)) << 2)
  for (; a < end; a += 16, b += 32) {
    const b0 = v128.load(b)
    const b1 = v128.load(b, 16)
    const a0 = v128.load_splat<f32>(a)
    c00 = f32x4.add(c00, f32x4.mul(a0, b0))
    c01 = f32x4.add(c01, f32x4.mul(a0, b1))
    const a1 = v128.load_splat<f32>(a, 4)
    c10 = f32x4.add(c10, f32x4.mul(a1, b0))
    c11 = f32x4.add(c11, f32x4.mul(a1, b1))
    const a2 = v128.load_splat<f32>(a, 8)
    c20 = f32x4.add(c20, f32x4.mul(a2, b0))
    c21 = f32x4.add(c21, f32x4.mul(a2, b1))
    const a3 = v128.load_splat<f32>(a, 12)
    c30 = f32x4.add(c30, f32x4.mul(a3, b0))
    c31 = f32x4.add(c31, f32x4.mul(a3, b1))
  }
  v128.store(c, c00)
  v128.store(c, c01, 16)
  v128.store(row1, c10)
  v128.store(row1, c11, 16)
  v128.store(row2, c20)
  v128.store(row2, c21, 16)
  v128.store(row3, c30)
  v128.store(row3, c31, 16)
}
