// Key: B rows of the batch, C classes.

/** What a batch should have been, for one task. */
export interface Target {
  /** B x C, 1 at the true class; all 0 without a label. */
  readonly oneHot_BC: Float32Array
  /** B, the row's share of the loss: its class weight over the number of labelled rows; 0 without a label. */
  readonly weight_B: Float32Array
}

/**
 * @param labels_B class indices, -1 = not labelled
 * @param labelled rows with a label, where the batch is a part of more
 */
export function targetOf(
  labels_B: Int32Array,
  classWeights_C: readonly number[],
  labelled = labels_B.reduce((count, label) => count + (label >= 0 ? 1 : 0), 0),
): Target {
  const classes = classWeights_C.length
  const oneHot_BC = new Float32Array(labels_B.length * classes)
  const weight_B = new Float32Array(labels_B.length)
  for (const [b, label] of labels_B.entries()) {
    if (label < 0) continue
    oneHot_BC[b * classes + label] = 1
    weight_B[b] = (classWeights_C[label] as number) / labelled
  }
  return { oneHot_BC, weight_B }
}
