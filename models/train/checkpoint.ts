import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { bytesOf } from '../graph/dtype.js';
import type { State } from './step-models.js';

/** The best validation result so far, the metric that it is the best of, and the parameters that reached it. */
export interface Best {
  readonly step: number;
  readonly metric: string;
  readonly better: 'lower' | 'higher';
  readonly value: number;
  readonly state: State;
}

/** State of a training run. It contains no time, so that two runs that took the same steps write the same bytes. */
export interface Checkpoint {
  readonly fingerprint: string;
  /** Number of steps taken. */
  readonly step: number;
  readonly seed: number;
  readonly dataHash: string;
  readonly state: State;
  /** Number of evaluations since the best one. */
  readonly stale: number;
  readonly best?: Best | undefined;
  /** Metrics of every evaluation. */
  readonly history: readonly Evaluation[];
}

export interface Evaluation {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
}

const MAGIC = 'EARSCKP1';

const headerSchema = z.object({
  fingerprint: z.string(),
  step: z.int().nonnegative(),
  seed: z.number(),
  dataHash: z.string(),
  stale: z.int().nonnegative(),
  // Older checkpoints do not name the metric of their best result; that result is ignored.
  best: z
    .object({ step: z.int(), metric: z.string(), better: z.enum(['lower', 'higher']), value: z.number() })
    .optional()
    .catch(undefined),
  // JSON has no NaN and writes null instead.
  history: z.array(
    z.object({
      step: z.int(),
      metrics: z.record(
        z.string(),
        z
          .number()
          .nullable()
          .transform((value) => value ?? NaN),
      ),
    }),
  ),
  vectors: z.array(z.object({ name: z.string(), length: z.int().nonnegative() })),
});
type Header = z.infer<typeof headerSchema>;

/** Encodes a checkpoint: magic, length of the header, the header as JSON, then the vectors as little-endian float32. */
function encodeCheckpoint(checkpoint: Checkpoint): Uint8Array {
  const { state, best, ...rest } = checkpoint;
  const vectors = [...entries('', state), ...entries('best/', best?.state ?? {})];
  const header: Header = {
    ...{ ...rest, history: [...rest.history] },
    ...(best === undefined ? {} : { best: withoutState(best) }),
    vectors: vectors.map(([name, data]) => ({ name, length: data.length })),
  };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from(MAGIC), length, text, ...vectors.map(([, data]) => bytesOf(data))]);
}

function withoutState({ step, metric, better, value }: Best): Omit<Best, 'state'> {
  return { step, metric, better, value };
}

function entries(prefix: string, state: State): [string, Float32Array][] {
  return Object.entries(state).map(([name, data]) => [prefix + name, data]);
}

/** @throws EARSIGHT_CHECKPOINT_INVALID for bytes that are damaged or not a checkpoint. */
export function decodeCheckpoint(bytes: Uint8Array, path: string): Checkpoint {
  const buffer = Buffer.from(bytes);
  const damaged = (): EarsightError =>
    new EarsightError('EARSIGHT_CHECKPOINT_INVALID', { path, reason: 'it is damaged or no checkpoint' });
  if (buffer.length < 12 || buffer.toString('latin1', 0, 8) !== MAGIC) throw damaged();
  const end = 12 + buffer.readUInt32LE(8);
  let header: Header;
  try {
    header = headerSchema.parse(JSON.parse(buffer.toString('utf8', 12, end)));
  } catch {
    throw damaged();
  }
  const state: Record<string, Float32Array> = {};
  const bestState: Record<string, Float32Array> = {};
  let offset = end;
  for (const { name, length } of header.vectors) {
    if (offset + 4 * length > buffer.length) throw damaged();
    const data = new Float32Array(Uint8Array.from(buffer.subarray(offset, offset + 4 * length)).buffer);
    if (name.startsWith('best/')) bestState[name.slice('best/'.length)] = data;
    else state[name] = data;
    offset += 4 * length;
  }
  const { fingerprint, step, seed, dataHash, stale, history, best } = header;
  const kept = best === undefined ? undefined : { ...best, state: bestState };
  return { fingerprint, step, seed, dataHash, stale, history, state, best: kept };
}

/** Returns the path of the checkpoint of a network and creates its folder; undefined without a folder. */
export async function checkpointPath(folder: string | undefined, name: string): Promise<string | undefined> {
  if (folder === undefined) return undefined;
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw toEarsightError(error, folder);
  });
  return join(folder, `${name}.checkpoint`);
}

/** Writes beside the target and renames, so that a crash leaves the previous checkpoint complete. */
export async function writeCheckpoint(path: string, checkpoint: Checkpoint): Promise<void> {
  const partial = `${path}.part`;
  try {
    const file = await open(partial, 'w');
    try {
      await file.writeFile(encodeCheckpoint(checkpoint));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(partial, path);
  } catch (error) {
    throw toEarsightError(error, path);
  }
}

/** @throws EARSIGHT_CHECKPOINT_INVALID for a damaged checkpoint, or one of another network, other data or another seed. */
export async function readCheckpoint(
  path: string,
  expected: Pick<Checkpoint, 'fingerprint' | 'seed' | 'dataHash'>,
): Promise<Checkpoint> {
  const bytes = await readFile(path).catch((error: unknown) => {
    throw toEarsightError(error, path);
  });
  const checkpoint = decodeCheckpoint(bytes, path);
  const reason =
    checkpoint.fingerprint !== expected.fingerprint
      ? 'it was made by another network'
      : checkpoint.dataHash !== expected.dataHash
        ? 'it was made with other data'
        : checkpoint.seed !== expected.seed
          ? `it was made with seed ${checkpoint.seed}`
          : undefined;
  if (reason !== undefined) throw new EarsightError('EARSIGHT_CHECKPOINT_INVALID', { path, reason });
  return checkpoint;
}
