import { EarsightError } from '../../../core/errors.js';
import { divideDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Node, Tensor } from '../ir.js';
import { intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { zeros } from './unbroadcast.js';
import { registerDecomposition } from './decomposition.js';

/*
 * The chunked form of linear attention (methods.md B.2 scalar decay, B.6 vector decay), through which the native
 * operator is differentiated: masked products within a chunk, one associative carry between chunks, and no exponent
 * above zero. A sequence whose length is a named dimension is one chunk.
 */

/** Steps per chunk. With one decay per channel, every (i, j, channel) needs its own exponential: chunks are smaller. */
const SCALAR_CHUNK = 64;
const VECTOR_CHUNK = 16;
/** exp(-80) is 2e-35, negligible in any float32 sum. -Infinity would lead to Infinity - Infinity. */
const LOG_FLOOR = -80;
const MASKED = -1e4;

interface Chunks {
  readonly chunks: Dim;
  readonly rows: Dim;
  /** Number of zero steps added at the end; they neither decay the state nor write to it. */
  readonly padding: number;
}

function chunksOf(length: Dim, size: number): Chunks {
  if (typeof length === 'string' || length <= size) return { chunks: 1, rows: length, padding: 0 };
  const chunks = Math.ceil(length / size);
  return { chunks, rows: size, padding: chunks * size - length };
}

/** Reshapes [B, T, H·w] to [B, H, chunks, rows, w]. */
function splitIntoChunks(x: Tensor, heads: number, { chunks, rows, padding }: Chunks): Tensor {
  const padded = padding === 0 ? x : o.pad(x, 1, 0, padding);
  const [batch = 1, , packed = 1] = x.shape;
  const width = divideDims(packed, heads) ?? 1;
  return o.transpose(o.reshape(padded, [batch, chunks, rows, heads, width]), [0, 3, 1, 2, 4]);
}

/**
 * The product of the decays between each two steps: log decays [.., n] to factors [.., n, n]. Entry (i, j) for j <= i
 * is the product of the decays of steps j+1 to i; 'exclusive' takes the steps before i, for j < i. Other entries are 0.
 * Each logarithm is summed from j on instead of subtracting two long sums, which would leave rounding errors after a
 * closed gate.
 */
function decayBetween(logs: Tensor, kind: 'inclusive' | 'exclusive'): Tensor {
  const [n = 1] = logs.shape.slice(-1);
  const ones = o.expand(logs.graph.constant(logs.dtype, [], [1]), [n, n]);
  const later = o.equal(o.lowerTriangle(ones, -1), 1);
  const exclusive = kind === 'exclusive';
  const sums = o.cumSum(o.where(later, o.unsqueeze(logs, [-1]), 0), logs.shape.length - 1, { exclusive });
  return o.exp(o.where(exclusive ? later : o.equal(o.lowerTriangle(ones), 1), sums, MASKED));
}

/**
 * Decayed products of queries and keys within chunks, [B, H, chunks, rows, rows]; logs [B, H, chunks, rows, 1 or d].
 */
function intraChunk(q: Tensor, k: Tensor, logs: Tensor): Tensor {
  if (logs.shape.at(-1) === 1)
    return o.mul(o.matmul(q, o.transpose(k, [0, 1, 2, 4, 3])), decayBetween(o.squeeze(logs, [-1]), 'inclusive'));
  const perChannel = o.transpose(logs, [0, 1, 2, 4, 3]);
  return o.einsum('bhnic,bhncij,bhnjc->bhnij', q, decayBetween(perChannel, 'inclusive'), k);
}

interface Carry {
  /** The state before each chunk, [B, H, chunks, d, e]. */
  readonly before: Tensor;
  /** The state after the last chunk, [B, H, d, e]. */
  readonly after: Tensor;
}

/**
 * Propagates the state through the chunks.
 * @param written what each chunk adds to the state, [B, H, chunks, d, e]
 * @param total the log decay over each chunk, [B, H, chunks, 1 or d]
 */
function carry(written: Tensor, total: Tensor, start: Tensor): Carry {
  const logs = o.transpose(total, [0, 1, 3, 2]);
  const earlier = o.cumSum(logs, 3, { exclusive: true });
  const later = o.cumSum(logs, 3, { exclusive: true, reverse: true });
  const all = o.reduceSum(logs, { axes: [3], keep: true });
  const [batch = 1, heads = 1, chunks = 1, width = 1, valueWidth = 1] = written.shape;
  const channels = logs.shape[2] ?? 1;
  // One decay per head scales whole states; one decay per channel scales the rows of a state.
  const flat: readonly Dim[] =
    channels === 1 ? [batch, heads, 1, chunks, -1] : [batch, heads, width, chunks, valueWidth];
  const rows = channels === 1 ? o.reshape(written, flat) : o.transpose(written, [0, 1, 3, 2, 4]);
  const unflatten = (x: Tensor, length: Dim): Tensor =>
    channels === 1
      ? o.reshape(x, [batch, heads, length, width, valueWidth])
      : o.transpose(o.reshape(x, [batch, heads, width, length, valueWidth]), [0, 1, 3, 2, 4]);
  const first = o.unsqueeze(start, [2]);
  const reach = (to: Tensor): Tensor => o.unsqueeze(o.transpose(o.exp(to), [0, 1, 3, 2]), [-1]);
  const before = unflatten(o.matmul(decayBetween(logs, 'exclusive'), rows), chunks);
  const weights = o.unsqueeze(o.exp(later), [-2]);
  const after = o.add(unflatten(o.matmul(weights, rows), 1), o.mul(first, reach(all)));
  return { before: o.add(before, o.mul(first, reach(earlier))), after: o.squeeze(after, [2]) };
}

function chunkedLinearAttention(node: Node): readonly Tensor[] {
  const [query, key, value, past, decay, beta] = node.inputs;
  const heads = intAttribute(node, 'kv_num_heads', 1);
  if (query === undefined || key === undefined || value === undefined) return [];
  if (beta !== undefined || intAttribute(node, 'q_num_heads', 1) !== heads)
    throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
      operator: 'com.microsoft.LinearAttention',
      reason: 'the delta rules and shared key heads have no chunked form here',
    });
  const [batch = 1, length = 1, packed = 1] = query.shape;
  const width = divideDims(packed, heads) ?? 1;
  const valueWidth = divideDims(value.shape[2] ?? 1, heads) ?? 1;
  const perChannel = decay !== undefined && decay.shape[2] !== heads;
  const plan = chunksOf(length, perChannel ? VECTOR_CHUNK : SCALAR_CHUNK);
  const logDecay = decay === undefined ? zeros(query, [batch, length, heads]) : o.max(decay, LOG_FLOOR);
  const scale = Number(node.attributes['scale'] ?? 0) || 1 / Math.sqrt(Number(width));
  const q = o.mul(splitIntoChunks(query, heads, plan), scale);
  const [k, v] = [splitIntoChunks(key, heads, plan), splitIntoChunks(value, heads, plan)];
  const logs = splitIntoChunks(logDecay, heads, plan);
  const along = o.cumSum(logs, 3);
  const intra = o.matmul(intraChunk(q, k, logs), v);
  const toEnd = o.mul(k, o.exp(o.cumSum(logs, 3, { exclusive: true, reverse: true })));
  const written = o.matmul(o.transpose(toEnd, [0, 1, 2, 4, 3]), v);
  const start = past ?? zeros(query, [batch, heads, width, valueWidth]);
  const { before, after } = carry(written, o.reduceSum(logs, { axes: [3] }), start);
  const answer = o.add(intra, o.matmul(o.mul(q, o.exp(along)), before));
  const rows = o.reshape(o.transpose(answer, [0, 2, 3, 1, 4]), [batch, -1, value.shape[2] ?? 1]);
  return [plan.padding === 0 ? rows : o.slice(rows, 1, 0, Number(length)), after];
}

registerDecomposition(o.LINEAR_ATTENTION, chunkedLinearAttention);
