import type { ParameterDefinition } from '../config/define-sweep.ts'
import type { ParamValue } from '../space/domain.ts'

/** The parameters of a sweep as they are written. */
export type ParameterDefinitions = { readonly [name: string]: ParameterDefinition }

/** `readonly` lists and objects of a literal, as a function would like to get them: 'a' | 'b' instead of string. */
type ValueOf<D> = D extends { readonly parameters: infer P }
  ? { readonly [K in keyof P]: ValueOf<P[K]> }
  : D extends { readonly values: readonly (infer V)[] }
    ? V
    : D extends { readonly value: infer V }
      ? V
      : D extends { readonly min: number } | { readonly max: number } | { readonly distribution: string }
        ? number
        : ParamValue

type Conditional<P> = { [K in keyof P]: P[K] extends { readonly when: object } ? K : never }[keyof P]

/** What an objective gets for its parameters. One with a condition (`when`) may be absent. */
export type ParamsOf<P> = {
  readonly [K in Exclude<keyof P, Conditional<P>>]: ValueOf<P[K]>
} & {
  readonly [K in Conditional<P>]?: ValueOf<P[K]>
}
