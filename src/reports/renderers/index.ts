import type { Registry } from '../../base/registry.ts'
import type { Renderer } from '../block.ts'
import { html } from './html.ts'
import { markdown } from './markdown.ts'

/** What a report is written as. */
export const renderers = { markdown, html } satisfies Registry<Renderer>
