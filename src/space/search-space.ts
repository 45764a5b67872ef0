import type { Domain, ParamValue } from './domain.ts'

/** One parameter of a space: a domain, or a nested group whose values come out as one object. */
export type Parameter = Domain | { readonly parameters: { readonly [name: string]: Parameter } }

/** `a.b` addresses parameter `b` of the nested group `a`; a plain name with a dot in it is matched first. */
export type ParameterPath = string

/** The parameter exists only while each named parameter has one of these values. */
export interface Condition {
  readonly parameter: ParameterPath
  readonly when: { readonly [path: ParameterPath]: readonly ParamValue[] }
}

/** Parameters that move together: the i-th value of each, instead of the product. All are categorical, of equal length. */
export interface ZippedGroup {
  readonly parameters: readonly ParameterPath[]
}

/** A combination that is left out. Every listed parameter must match for the constraint to apply. */
export type Constraint =
  | { readonly forbid: { readonly [path: ParameterPath]: readonly ParamValue[] } }
  | {
      /** Keeps only points where `left operator right` holds; points where a side is absent are kept. */
      readonly require: {
        readonly left: ParameterPath
        readonly operator: '<' | '<=' | '>' | '>=' | '==' | '!='
        readonly right: ParameterPath | number
      }
    }

/** All parameters of a sweep and the rules between them. Plain data, frozen into sweep.json. */
export interface SearchSpace {
  readonly parameters: { readonly [name: string]: Parameter }
  readonly conditions: readonly Condition[]
  readonly zipped: readonly ZippedGroup[]
  readonly constraints: readonly Constraint[]
}
