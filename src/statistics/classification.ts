// Key: N rows, C classes. A confusion table is C x C, row-major: row = true class, column = predicted class.

/** How well one class is found. All in [0, 1] but `support`. */
export interface ClassFigures {
  readonly precision: number
  readonly recall: number
  readonly f1: number
  /** Rows whose true class this is. */
  readonly support: number
}

/**
 * Counts true class against predicted class.
 *
 * @param labels N class indices; rows with -1 (not labelled) are left out
 * @param predicted N class indices
 */
export function confusion(labels: ArrayLike<number>, predicted: ArrayLike<number>, classes: number): Int32Array {
  if (labels.length !== predicted.length) {
    throw new RangeError(`${labels.length} labels were compared with ${predicted.length} predictions`)
  }
  const table_CC = new Int32Array(classes * classes)
  for (let n = 0; n < labels.length; n++) {
    const label = labels[n] as number
    if (label < 0) continue
    const cell = label * classes + (predicted[n] as number)
    table_CC[cell] = (table_CC[cell] as number) + 1
  }
  return table_CC
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)

/**
 * Precision, recall and F1 of every class. A ratio without a denominator counts as 0, so a class that was never
 * predicted has precision 0, and one without rows has recall 0.
 *
 * @source scikit-learn's precision_recall_fscore_support with zero_division=0
 */
export function perClass(confusion_CC: ArrayLike<number>, classes: number): ClassFigures[] {
  const at = (row: number, column: number) => confusion_CC[row * classes + column] as number
  return Array.from({ length: classes }, (_, c) => {
    let support = 0
    let predicted = 0
    for (let other = 0; other < classes; other++) {
      support += at(c, other)
      predicted += at(other, c)
    }
    const hits = at(c, c)
    return {
      precision: ratio(hits, predicted),
      recall: ratio(hits, support),
      f1: ratio(2 * hits, support + predicted),
      support,
    }
  })
}

/**
 * Mean of the classes' F1, each class counted once however rare it is. A class with neither rows nor predictions
 * counts as 0 and is not left out: scikit-learn's answer when it is given all class names as `labels`, and the only
 * one under which two splits of the same data are comparable.
 */
export function macroF1(confusion_CC: ArrayLike<number>, classes: number): number {
  return perClass(confusion_CC, classes).reduce((sum, figures) => sum + figures.f1, 0) / classes
}

/** Share of the rows on the diagonal; 0 for an empty table. */
export function accuracy(confusion_CC: ArrayLike<number>, classes: number): number {
  let hits = 0
  let rows = 0
  for (let cell = 0; cell < classes * classes; cell++) {
    rows += confusion_CC[cell] as number
    if (cell % (classes + 1) === 0) hits += confusion_CC[cell] as number
  }
  return ratio(hits, rows)
}

/**
 * The column of the largest value of each row; the first one when several are equal.
 *
 * @param values_NC N x C, row-major: probabilities, or logits
 */
export function argmaxRows(values_NC: ArrayLike<number>, classes: number): Int32Array {
  const best_N = new Int32Array(values_NC.length / classes)
  for (let n = 0; n < best_N.length; n++) {
    let best = 0
    for (let c = 1; c < classes; c++) {
      if ((values_NC[n * classes + c] as number) > (values_NC[n * classes + best] as number)) best = c
    }
    best_N[n] = best
  }
  return best_N
}
