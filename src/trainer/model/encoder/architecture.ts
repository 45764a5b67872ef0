// Key: E width of a token's vector, F inner width of the feed-forward part.

/** Which of the three families of checkpoints; XLM-R is RoBERTa with another vocabulary. */
export type EncoderFamily = 'bert' | 'roberta' | 'distilbert'

/** Everything that decides the shapes and the arithmetic of a transformer encoder; what `config.json` says. */
export interface Architecture {
  readonly family: EncoderFamily
  readonly vocabulary: number
  /** E */
  readonly width: number
  readonly layers: number
  /** Attention heads; they share the width evenly. */
  readonly heads: number
  /** F */
  readonly inner: number
  /** Rows of the table of positions. */
  readonly positions: number
  /** Kinds of sentence; 0 = the family has none. */
  readonly tokenTypes: number
  /** The id that fills up short texts. */
  readonly padding: number
  /** `gelu` by the error function, `gelu_tanh` by its approximation. */
  readonly activation: 'gelu' | 'gelu_tanh' | 'relu'
  /** Keeps the division of the layer norm finite. */
  readonly epsilon: number
  /** Share of the values that training drops between the parts, and of the attention weights. */
  readonly dropout: number
  readonly attentionDropout: number
}

/**
 * The number of the first position. RoBERTa counts from behind its padding id, whose own row stays unused.
 *
 * @source Hugging Face transformers, `create_position_ids_from_input_ids` of modeling_roberta.py
 */
export const firstPosition = ({ family, padding }: Architecture): number => (family === 'roberta' ? padding + 1 : 0)

/** The longest text in tokens, the special ones counted. */
export const longestText = (architecture: Architecture): number => architecture.positions - firstPosition(architecture)
