/** Every error code of this room, for docs/errors.md. */
export const codes = {
  SPACE_NOT_GRIDDABLE: 'A continuous parameter has no grid: list its `values`, or use `method: random`.',
  SPACE_GRID_TOO_LARGE: 'The grid has more than 9,007,199,254,740,991 points: use `method: random` with a `run_cap`.',
  SPACE_TOO_CONSTRAINED: 'The constraints refused every sample that was tried: loosen them, or narrow the domains.',
  SPACE_PATH_UNKNOWN: 'A condition, zip or constraint names a parameter that the space does not have.',
  SPACE_CONDITION_CIRCLE: 'Conditions depend on each other in a circle: remove one `when`.',
} as const
