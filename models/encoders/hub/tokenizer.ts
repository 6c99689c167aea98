import { EarsightError } from '../../../core/errors.js';

/** Token ids and attention mask of texts, padded to the longest: [texts, length] each. */
export type Tokenize = (texts: readonly string[]) => {
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
  readonly length: number;
};

/**
 * The library's own tokenizer of a local folder. It is imported here and not above: the import takes half a second,
 * which a run without texts does not owe. @throws EARSIGHT_PACK_INVALID
 */
export async function openTokenizer(folder: string): Promise<Tokenize> {
  const { AutoTokenizer, env, Tensor } = await import('@xenova/transformers');
  // Packs are fetched by `packs pull`, hashed and pinned; the library must not fetch around it.
  env.allowRemoteModels = false;
  const invalid = (reason: string, cause?: unknown): EarsightError =>
    new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason }, { cause });
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true }).catch((cause: unknown) => {
    throw invalid(`its tokenizer does not load: ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  });
  return (texts) => {
    const encoded: unknown = tokenizer([...texts], { padding: true, truncation: true });
    const { input_ids: ids, attention_mask: mask } = encoded as Record<string, unknown>;
    if (
      !(ids instanceof Tensor && mask instanceof Tensor) ||
      !(ids.data instanceof BigInt64Array && mask.data instanceof BigInt64Array)
    )
      throw invalid('its tokenizer makes no int64 ids and mask');
    return { ids: ids.data, mask: mask.data, length: ids.dims[1] ?? 0 };
  };
}
