/** Points that fill the unit cube evenly, each found at once from its number. Pure. */
export interface PointSequence {
  /**
   * One coordinate of one point, in (0, 1).
   *
   * @param index of the point, 0 to 2^32 - 1
   * @param dimension 0 for the first
   */
  at(index: number, dimension: number): number
}
