// AssemblyScript: compiled by scripts/build-kernels.mjs. What is exported here is what `own-kernels.ts` finds.
export { adamW, squaredLength } from './adamw'
export { multiply, SCRATCH } from './matrix-product'
export { columnSums, segmentSums } from './sums'
