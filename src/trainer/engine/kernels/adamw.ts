/**
 * One AdamW step of one parameter with `size` values, in the order of operations of `training/adamw.ts`, so that both
 * give the same bits. `first` and `second` are written over, the new weight goes to `out`.
 */
export function adamW(
  weight: usize,
  gradient: usize,
  first: usize,
  second: usize,
  out: usize,
  size: i32,
  gradientFactor: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  stepSize: f32,
  correction: f32,
  epsilon: f32,
  kept: f32,
): void {
  const factor4 = f32x4.splat(gradientFactor)
  const beta1x4 = f32x4.splat(beta1)
  const rest1x4 = f32x4.splat(rest1)
  const beta2x4 = f32x4.splat(beta2)
  const rest2x4 = f32x4.splat(rest2)
  const step4 = f32x4.splat(stepSize)
  const correction4 = f32x4.splat(correction)
  const epsilon4 = f32x4.splat(epsilon)
  const kept4 = f32x4.splat(kept)
  const bytes = (<usize>size) << 2
  let at: usize = 0
  for (; at + 16 <= bytes; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), factor4)
    const m = f32x4.add(f32x4.mul(v128.load(first + at), beta1x4), f32x4.mul(g, rest1x4))
    const v = f32x4.add(f32x4.mul(v128.load(second + at), beta2x4), f32x4.mul(f32x4.mul(g, g), rest2x4))
    const spread = f32x4.add(f32x4.div(f32x4.sqrt(v), correction4), epsilon4)
    const shrunk = f32x4.mul(v128.load(weight + at), kept4)
    v128.store(first + at, m)
    v128.store(second + at, v)
    v128.store(out + at, f32x4.sub(shrunk, f32x4.div(f32x4.mul(m, step4), spread)))
  }
  for (; at < bytes; at += 4) {
    const g = load<f32>(gradient + at) * gradientFactor
    const m = load<f32>(first + at) * beta1 + g * rest1
    const v = load<f32>(second + at) * beta2 + g * g * rest2
    const spread = sqrt<f32>(v) / correction + epsilon
    store<f32>(first + at, m)
    store<f32>(second + at, v)
    store<f32>(out + at, load<f32>(weight + at) * kept - (m * stepSize) / spread)
  }
}

/** Sum of squares: in float32 over 1,024 values at a time, the rest in float64. */
export function squaredLength(values: usize, size: i32): f64 {
  const end = values + ((<usize>size) << 2)
  let total: f64 = 0
  while (values + 4096 <= end) {
    let even = f32x4.splat(0)
    let odd = f32x4.splat(0)
    for (const stop = values + 4096; values < stop; values += 32) {
      const x = v128.load(values)
      const y = v128.load(values, 16)
      even = f32x4.add(even, f32x4.mul(x, x))
      odd = f32x4.add(odd, f32x4.mul(y, y))
    }
    const both = f32x4.add(even, odd)
    total += <f64>f32x4.extract_lane(both, 0) + <f64>f32x4.extract_lane(both, 1)
    total += <f64>f32x4.extract_lane(both, 2) + <f64>f32x4.extract_lane(both, 3)
  }
  for (; values < end; values += 4) {
    const x = <f64>load<f32>(values)
    total += x * x
  }
  return total
}
