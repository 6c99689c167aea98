import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import type { InferencePool, PooledModel } from '../../runtime/inference-pool.js';
import { batchSize } from '../batch-size.js';
import type { ModelIdentity, TextEncoder } from '../encoder.js';
import { firstResult } from '../single-result.js';

export interface TextTower {
  readonly identity: ModelIdentity;
  /** The folder in the hub's layout. */
  readonly folder: string;
  /** Path of the text network, relative to `folder`. */
  readonly network: string;
  readonly prompt: string;
  readonly logitScale: number;
}

/**
 * The text side of CLIP or CLAP. Its tokenizer and network (250 MB and more) are loaded by the first call, because a run
 * whose label embeddings are cached does not need them.
 */
export function openTextTower(tower: TextTower, pool: InferencePool): TextEncoder {
  let loading: Promise<{ tokenize: Tokenize; network: PooledModel }> | null = null;
  const load = async (): Promise<{ tokenize: Tokenize; network: PooledModel }> => {
    const tokenize = await openTokenizer(tower.folder);
    const network = await pool.load({
      name: `${tower.identity.name} (text)`,
      path: join(tower.folder, tower.network),
      preparation: {
        kind: 'tensors',
        inputs: [
          { name: 'input_ids', type: 'int64' },
          { name: 'attention_mask', type: 'int64' },
        ],
      },
      outputs: ['text_embeds'],
      finish: { kind: 'l2' },
      maxBatch: batchSize(pool.device),
      warmUp: [],
    });
    return { tokenize, network };
  };
  return {
    identity: tower.identity,
    template: tower.prompt,
    logitScale: tower.logitScale,
    embed: async (texts, signal) => {
      if (texts.length === 0) return new Float32Array(0);
      loading ??= load().catch((error: unknown) => {
        loading = null;
        throw error;
      });
      const { tokenize, network } = await loading;
      if (signal?.aborted) throw new EarsightError('EARSIGHT_CANCELLED');
      const { ids, mask, length } = tokenize(texts);
      const dims = [length];
      const blocks = [
        { type: 'int64', dims, data: ids },
        { type: 'int64', dims, data: mask },
      ] as const;
      return firstResult(await network.run(blocks, texts.length, signal));
    },
  };
}

/** Converts texts to token ids and an attention mask, each [texts, length], padded to the longest text. */
type Tokenize = (texts: readonly string[]) => {
  readonly ids: BigInt64Array;
  readonly mask: BigInt64Array;
  readonly length: number;
};

/**
 * Opens the tokenizer of a local folder with Transformers.js, which is imported here because the import takes half a
 * second and a run without texts does not need it. @throws EARSIGHT_PACK_INVALID
 */
async function openTokenizer(folder: string): Promise<Tokenize> {
  const { AutoTokenizer, env, Tensor } = await import('@xenova/transformers');
  // Only `packs pull` fetches packs, hashed and pinned; the library must not download anything itself.
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
