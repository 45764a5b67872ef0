// Key: N texts, L tokens of a text.
import { Tokenizer } from '@huggingface/tokenizers'
import { UserError } from '../../base/errors.ts'
import { type ModelFiles, readJson } from './model-files.ts'

/**
 * Turns each text into the token ids that the model was trained on, special tokens included, at most `maxLength` of
 * them. A text too long loses its end (or its beginning, where the model's own settings say so), never a special token.
 *
 * @returns N arrays of L ids each, L differing; an empty text has its special tokens only
 */
export type Tokenize = (texts: readonly string[]) => Int32Array[]

/**
 * Reads `tokenizer.json` and `tokenizer_config.json`.
 *
 * @param maxLength tokens of a text at most, special ones included
 * @throws {UserError} TOKENIZER when the files hold none that can be used
 */
export function openTokenizer(files: Pick<ModelFiles, 'tokenizer' | 'tokenizerConfig'>, maxLength: number): Tokenize {
  const config = files.tokenizerConfig === undefined ? {} : readJson(files.tokenizerConfig)
  return tokenizerOf({ tokenizer: readJson(files.tokenizer), config, source: files.tokenizer }, maxLength)
}

/** What `tokenizer.json` and `tokenizer_config.json` hold. */
export interface TokenizerContent {
  readonly tokenizer: object
  readonly config: Readonly<Record<string, unknown>>
  /** Where it comes from, for messages. */
  readonly source: string
}

/** As {@link openTokenizer}, from what the files hold. */
export function tokenizerOf({ tokenizer: content, config, source }: TokenizerContent, maxLength: number): Tokenize {
  const tokenizer = made(content, config, source)
  const { before, after } = specialTokens(tokenizer, source)
  const room = maxLength - before.length - after.length
  if (room < 1) {
    throw new UserError(`max_length is ${maxLength}, and the special tokens of ${source} alone fill it.`, {
      code: 'TOKENIZER',
      suggestions: [`max_length: ${before.length + after.length + 1} or more`],
    })
  }
  const fromLeft = config.truncation_side === 'left'
  return (texts) =>
    texts.map((text) => {
      const { ids } = tokenizer.encode(text, { add_special_tokens: false })
      const kept = ids.length <= room ? ids : fromLeft ? ids.slice(-room) : ids.slice(0, room)
      const row = new Int32Array(before.length + kept.length + after.length)
      row.set(before)
      row.set(kept, before.length)
      row.set(after, before.length + kept.length)
      return row
    })
}

/** The part of the library that is used. Its own types import without endings, which Node's resolution cannot follow. */
interface Encoder {
  encode(text: string, options?: { readonly add_special_tokens: boolean }): { readonly ids: number[] }
}

function made(tokenizer: object, config: object, path: string): Encoder {
  try {
    return new Tokenizer(tokenizer, config)
  } catch (cause) {
    throw new UserError(
      `${path} holds no tokenizer that can be used: ${(cause as Error).message}. Nothing was trained.`,
      {
        code: 'TOKENIZER',
        suggestions: ['Fetch the file again, or take a model with a tokenizer.json of today.'],
        cause,
      },
    )
  }
}

/**
 * What the tokenizer puts before and after a text. It is asked once with a text, because the library cuts nothing off:
 * cutting what it returns would cut the special token at the end.
 */
function specialTokens(tokenizer: Encoder, path: string): { before: number[]; after: number[] } {
  const plain = tokenizer.encode('a', { add_special_tokens: false }).ids
  const whole = tokenizer.encode('a').ids
  const count = whole.length - plain.length
  for (let before = 0; before <= count; before++) {
    if (plain.every((id, i) => id === whole[before + i])) {
      return { before: whole.slice(0, before), after: whole.slice(before + plain.length) }
    }
  }
  throw new UserError(`The special tokens of ${path} do not stand around the text, which is not known here.`, {
    code: 'TOKENIZER',
  })
}
