/** Writes the compiled kernels to `file`, whole or not at all. */
export function buildKernels(file: string): Promise<void>
