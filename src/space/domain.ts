/** A value that a parameter may take. Lists and objects are allowed: they are one choice, not a space of their own. */
export type ParamValue =
  | string
  | number
  | boolean
  | null
  | readonly ParamValue[]
  | { readonly [key: string]: ParamValue }

/** Chosen values by parameter name. Nested spaces give nested objects; a dot in a name is part of the name. */
export type Params = { readonly [name: string]: ParamValue }

/**
 * What one parameter may be. Names and meanings are W&B's, so that their sweep files mean here what they mean there.
 * Plain data: it is frozen into sweep.json. `integer` tells whether bounds (or q) were written as integers.
 */
export type Domain =
  | { readonly distribution: 'constant'; readonly value: ParamValue }
  | { readonly distribution: 'categorical'; readonly values: readonly ParamValue[] }
  | {
      readonly distribution: 'categorical_w_probabilities'
      readonly values: readonly ParamValue[]
      readonly probabilities: readonly number[]
    }
  | { readonly distribution: 'int_uniform'; readonly min: number; readonly max: number }
  | {
      /** `log_uniform*` bounds are exponents of e, `*_values` bounds are limits on the value itself. */
      readonly distribution:
        | 'uniform'
        | 'log_uniform'
        | 'log_uniform_values'
        | 'inv_log_uniform'
        | 'inv_log_uniform_values'
      readonly min: number
      readonly max: number
    }
  | {
      readonly distribution: 'q_uniform' | 'q_log_uniform' | 'q_log_uniform_values'
      readonly min: number
      readonly max: number
      readonly q: number
      readonly integer: boolean
    }
  | { readonly distribution: 'normal' | 'log_normal'; readonly mu: number; readonly sigma: number }
  | {
      readonly distribution: 'q_normal' | 'q_log_normal'
      readonly mu: number
      readonly sigma: number
      readonly q: number
      readonly integer: boolean
    }
  | { readonly distribution: 'beta'; readonly a: number; readonly b: number }
  | {
      readonly distribution: 'q_beta'
      readonly a: number
      readonly b: number
      readonly q: number
      readonly integer: boolean
    }

export type Distribution = Domain['distribution']
