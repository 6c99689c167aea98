import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TextEncoder } from '../../models/encoders/encoder.js';
import { writeFileAtomically } from '../../core/store/atomic-file.js';
import { checkFinite } from '../encode/row-file.js';
import { namesOf, type Label } from './label-set.js';

/**
 * One embedding per label: the mean of the embeddings of its prompts, one per name, normalised again.
 * @returns [labels, width], L2-normalised
 */
export async function labelEmbeddings(
  encoder: TextEncoder,
  labels: readonly Label[],
  width: number,
  cacheFolder: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const prompts = labels.flatMap(namesOf).map((name) => promptOf(encoder.template, name));
  const promptRows = await cachedEmbeddings(encoder, prompts, width, cacheFolder, signal);
  const means = new Float32Array(labels.length * width);
  let prompt = 0;
  labels.forEach((label, index) => {
    const mean = means.subarray(index * width, (index + 1) * width);
    namesOf(label).forEach(() => {
      for (let i = 0; i < width; i += 1) mean[i] = (mean[i] ?? 0) + (promptRows[prompt * width + i] ?? 0);
      prompt += 1;
    });
    normalise(mean);
  });
  return means;
}

/** Replaces `{label}` in the template by the name, without changing its spelling. */
export function promptOf(template: string, name: string): string {
  return template.replaceAll('{label}', () => name);
}

/**
 * Embeddings of prompts, from the cache folder where the same model embedded the same prompts before.
 * @returns [prompts, width]
 */
export async function cachedEmbeddings(
  encoder: TextEncoder,
  prompts: readonly string[],
  width: number,
  cacheFolder: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const key = createHash('sha256')
    .update(JSON.stringify([encoder.identity.sha256, prompts]))
    .digest('hex');
  const path = join(cacheFolder, `${key}.f32`);
  const cached = await readFile(path).catch(() => null);
  if (cached?.length === prompts.length * width * Float32Array.BYTES_PER_ELEMENT)
    return new Float32Array(cached.buffer.slice(cached.byteOffset, cached.byteOffset + cached.length));
  const embeddings = await encoder.embed(prompts, signal);
  checkFinite(embeddings, encoder.identity.name);
  await mkdir(cacheFolder, { recursive: true });
  await writeFileAtomically(path, new Uint8Array(embeddings.buffer, embeddings.byteOffset, embeddings.byteLength));
  return embeddings;
}

function normalise(vector: Float32Array): void {
  const norm = Math.hypot(...vector);
  if (norm > 0) vector.forEach((value, i) => (vector[i] = value / norm));
}
