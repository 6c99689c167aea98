import { join } from 'node:path';
import { EarsightError } from '../../../core/errors.js';
import type { InferencePool, PooledModel } from '../../runtime/inference-pool.js';
import { batchSize } from '../batch-size.js';
import type { ModelIdentity, TextEncoder } from '../encoder.js';
import { firstResult } from '../single-result.js';
import { openTokenizer, type Tokenize } from './tokenizer.js';

export interface TextTower {
  readonly identity: ModelIdentity;
  /** The folder in the hub's layout. */
  readonly folder: string;
  /** The text network below it. */
  readonly network: string;
  readonly prompt: string;
  readonly logitScale: number;
}

/**
 * The text side of CLIP or CLAP. Its tokenizer and network (250 MB and more) are loaded by the first call: with label
 * embeddings cached, a run never needs them.
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
