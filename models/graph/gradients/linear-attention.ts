import { EarsightError } from '../../../pipeline/errors.js';
import { divideDims } from '../dim.js';
import type { Dim } from '../dim.js';
import type { Node, Tensor } from '../ir.js';
import { intAttribute } from '../operator.js';
import * as o from '../operators/index.js';
import { zeros } from './adjust.js';
import { registerDecomposition } from './decomposition.js';

/**
 * The chunked form of linear attention (methods.md B.2 scalar decay, B.6 vector decay), through which the native
 * operator is differentiated: masked products within a chunk, one associative carry between chunks, and no exponent
 * above zero. A sequence of named length is one chunk.
 */

/** Rows of a chunk. With a decay a channel every (i, j, channel) has its own exponential: smaller chunks. */
const SCALAR_CHUNK = 64;
const VECTOR_CHUNK = 16;
/** exp(-80) is 2e-35, nothing beside any float32 sum; -Infinity would give Infinity - Infinity. */
const LOG_FLOOR = -80;
const MASKED = -1e4;

interface Chunks {
  readonly chunks: Dim;
  readonly rows: Dim;
  /** Zeros added at the end: they decay nothing and write nothing. */
  readonly padding: number;
}

function chunksOf(length: Dim, size: number): Chunks {
  if (typeof length === 'string' || length <= size) return { chunks: 1, rows: length, padding: 0 };
  const chunks = Math.ceil(length / size);
  return { chunks, rows: size, padding: chunks * size - length };
}

/** [B, T, H·w] to [B, H, chunks, rows, w]. */
function cut(x: Tensor, heads: number, { chunks, rows, padding }: Chunks): Tensor {
  const padded = padding === 0 ? x : o.pad(x, 1, 0, padding);
  const [batch = 1, , packed = 1] = x.shape;
  const width = divideDims(packed, heads) ?? 1;
  return o.transpose(o.reshape(padded, [batch, chunks, rows, heads, width]), [0, 3, 1, 2, 4]);
}

/** exp(to_i - from_j) where row i may see column j, else 0: `below` 0 includes the diagonal, -1 leaves it out. */
function decayBetween(to: Tensor, from: Tensor, below: 0 | -1): Tensor {
  const difference = o.sub(o.unsqueeze(to, [-1]), o.unsqueeze(from, [-2]));
  const ones = o.expand(to.graph.constant(to.dtype, [], [1]), difference.shape.slice(-2));
  return o.exp(o.where(o.equal(o.lowerTriangle(ones, below), 1), difference, MASKED));
}

/** Products of queries and keys within chunks, decayed: [B, H, chunks, rows, rows]. */
function intraChunk(q: Tensor, k: Tensor, along: Tensor): Tensor {
  if (along.shape.at(-1) === 1) {
    const level = o.squeeze(along, [-1]);
    return o.mul(o.matmul(q, o.transpose(k, [0, 1, 2, 4, 3])), decayBetween(level, level, 0));
  }
  const level = o.transpose(along, [0, 1, 2, 4, 3]);
  return o.einsum('bhnic,bhncij,bhnjc->bhnij', q, decayBetween(level, level, 0), k);
}

interface Carry {
  /** State before each chunk, [B, H, chunks, d, e]. */
  readonly before: Tensor;
  /** State after the last one, [B, H, d, e]. */
  readonly after: Tensor;
}

/** `written` [B, H, chunks, d, e] by each chunk, `total` [B, H, chunks, 1 or d] log decay of each. */
function carry(written: Tensor, total: Tensor, start: Tensor): Carry {
  const level = o.transpose(o.cumSum(total, 2), [0, 1, 3, 2]);
  const earlier = o.transpose(o.cumSum(total, 2, { exclusive: true }), [0, 1, 3, 2]);
  const last = o.slice(level, -1, -1);
  const [batch = 1, heads = 1, chunks = 1, width = 1, valueWidth = 1] = written.shape;
  const channels = level.shape[2] ?? 1;
  // One decay a head moves whole states; one a channel moves the state's rows.
  const flat: readonly Dim[] =
    channels === 1 ? [batch, heads, 1, chunks, -1] : [batch, heads, width, chunks, valueWidth];
  const rows = channels === 1 ? o.reshape(written, flat) : o.transpose(written, [0, 1, 3, 2, 4]);
  const unflatten = (x: Tensor, length: Dim): Tensor =>
    channels === 1
      ? o.reshape(x, [batch, heads, length, width, valueWidth])
      : o.transpose(o.reshape(x, [batch, heads, width, length, valueWidth]), [0, 1, 3, 2, 4]);
  const first = o.unsqueeze(start, [2]);
  const reach = (to: Tensor): Tensor => o.unsqueeze(o.transpose(o.exp(to), [0, 1, 3, 2]), [-1]);
  const before = unflatten(o.matmul(decayBetween(earlier, level, -1), rows), chunks);
  const weights = o.unsqueeze(o.exp(o.sub(last, level)), [-2]);
  const after = o.add(unflatten(o.matmul(weights, rows), 1), o.mul(first, reach(last)));
  return { before: o.add(before, o.mul(first, reach(earlier))), after: o.squeeze(after, [2]) };
}

export function chunkedLinearAttention(node: Node): readonly Tensor[] {
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
  const q = o.mul(cut(query, heads, plan), scale);
  const [k, v] = [cut(key, heads, plan), cut(value, heads, plan)];
  const along = o.cumSum(cut(logDecay, heads, plan), 3);
  const total = o.slice(along, 3, -1);
  const intra = o.matmul(intraChunk(q, k, along), v);
  const toEnd = o.mul(k, o.exp(o.sub(total, along)));
  const written = o.matmul(o.transpose(toEnd, [0, 1, 2, 4, 3]), v);
  const start = past ?? zeros(query, [batch, heads, width, valueWidth]);
  const { before, after } = carry(written, o.squeeze(total, [3]), start);
  const answer = o.add(intra, o.matmul(o.mul(q, o.exp(along)), before));
  const rows = o.reshape(o.transpose(answer, [0, 2, 3, 1, 4]), [batch, -1, value.shape[2] ?? 1]);
  return [plan.padding === 0 ? rows : o.slice(rows, 1, 0, Number(length)), after];
}

registerDecomposition(o.LINEAR_ATTENTION, chunkedLinearAttention);
