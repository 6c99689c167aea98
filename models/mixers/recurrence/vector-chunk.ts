import {
  add,
  cast,
  concat,
  exp,
  matmul,
  mul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
  type Tensor,
} from '../../graph/index.js';

/** Blocks of this many steps compute every pair (T·4·d numbers); larger blocks are split at a border. */
const EXPLICIT_BLOCK = 4;

export interface VectorWithin {
  /** [.., C, e] */
  readonly output: Tensor;
  /** [.., C, d]: queries times the decay since the start of the chunk. */
  readonly reading: Tensor;
  /** [.., d, e]: the contribution of each chunk to the memory. */
  readonly states: Tensor;
  /** [.., d]: log decay over the whole chunk. */
  readonly total: Tensor;
}

/**
 * One decay per key channel, inside chunks (methods.md B.6). Dividing keys by the cumulative gate would overflow, so a chunk is
 * halved repeatedly: queries of the second half and keys of the first half are both decayed to the border between them,
 * by factors that are exp of a sum of logs <= 0. Blocks of four steps compute every pair.
 * q [.., C, d], k [.., d, C], v [.., C, e], logs [.., d, C] in float32 from `flooredLogs`. C is padded to a power of two times
 * four.
 */
export function vectorWithinChunks(q: Tensor, k: Tensor, v: Tensor, logs: Tensor): VectorWithin {
  const c = Number(q.shape.at(-2));
  let size = EXPLICIT_BLOCK;
  while (size < c) size *= 2;
  const missing = size - c;
  if (missing > 0) return withoutPadding(q, k, v, logs, missing);
  let output = pairByPair(q, k, v, logs);
  for (let half = EXPLICIT_BLOCK; half < c; half *= 2) output = add(output, acrossBorders(q, k, v, logs, half));
  return {
    output,
    reading: mul(q, swap(weights(logs, (step, u) => u <= step, q.dtype))),
    states: matmul(
      mul(
        k,
        weights(logs, (step, u) => u > step, q.dtype),
      ),
      v,
    ),
    total: reduceSum(logs, { axes: [-1] }),
  };
}

function withoutPadding(q: Tensor, k: Tensor, v: Tensor, logs: Tensor, missing: number): VectorWithin {
  // One Pad, because the gradient of a Concat of many zeros is a Split with more outputs than a GPU kernel can bind.
  const zeros = (like: Tensor, axis: number): Tensor => pad(like, axis, 0, missing);
  const within = vectorWithinChunks(zeros(q, -2), zeros(k, -1), zeros(v, -2), zeros(logs, -1));
  const c = Number(q.shape.at(-2));
  return { ...within, output: slice(within.output, -2, 0, c), reading: slice(within.reading, -2, 0, c) };
}

/** exp of sums of logs, [.., d, n] to [.., d, n]: the sum of each step runs over the steps `u` that `covers` selects. */
function weights(logs: Tensor, covers: (step: number, u: number) => boolean, dtype: Tensor['dtype']): Tensor {
  const n = Number(logs.shape.at(-1));
  const table = Array.from({ length: n * n }, (_, cell) => (covers(cell % n, Math.floor(cell / n)) ? 1 : 0));
  return cast(exp(matmul(logs, logs.graph.constant('float32', [n, n], table))), dtype);
}

/** For every block of 2·half steps, the queries of its second half with the keys of its first half; zero elsewhere. */
function acrossBorders(q: Tensor, k: Tensor, v: Tensor, logs: Tensor, half: number): Tensor {
  const lead = q.shape.slice(0, -2);
  const c = Number(q.shape.at(-2));
  const d = q.shape.at(-1) ?? 1;
  const e = v.shape.at(-1) ?? 1;
  const blocks = c / (2 * half);
  const rows = (x: Tensor, width: typeof d): Tensor => reshape(x, [...lead, blocks, 2, half, width]);
  const columns = (x: Tensor): Tensor => reshape(x, [...lead, d, blocks, 2, half]);
  const side = (x: Tensor, axis: number, which: number): Tensor => slice(x, axis, which, which + 1);
  const leftOfQueries = weights(side(columns(logs), -2, 1), (step, u) => u <= step, q.dtype);
  const leftOfKeys = weights(side(columns(logs), -2, 0), (step, u) => u > step, q.dtype);
  const order = (x: Tensor): readonly number[] => {
    const rank = x.shape.length;
    // [.., d, blocks, 1, half] to [.., blocks, 1, half, d]
    return [...Array.from({ length: rank - 4 }, (_, axis) => axis), rank - 3, rank - 2, rank - 1, rank - 4];
  };
  const late = mul(side(rows(q, d), -3, 1), transpose(leftOfQueries, order(leftOfQueries)));
  const weighedKeys = mul(side(columns(k), -2, 0), leftOfKeys);
  const early = swap(transpose(weighedKeys, order(weighedKeys)));
  const met = matmul(matmul(late, early), side(rows(v, e), -3, 0));
  return reshape(concat([mul(met, 0), met], -3), [...lead, c, e]);
}

/** Blocks of four steps, with a weight for every pair: `A[i,j] = Σ_c q_ic k_jc exp(Σ_{j<u<=i} g_uc)`. */
function pairByPair(q: Tensor, k: Tensor, v: Tensor, logs: Tensor): Tensor {
  const lead = q.shape.slice(0, -2);
  const c = Number(q.shape.at(-2));
  const d = q.shape.at(-1) ?? 1;
  const e = v.shape.at(-1) ?? 1;
  const b = EXPLICIT_BLOCK;
  const blocks = c / b;
  const table = new Float32Array(b * b * b);
  const mask = new Float32Array(b * b);
  for (let i = 0; i < b; i++)
    for (let j = 0; j <= i; j++) {
      mask[i * b + j] = 1;
      for (let u = j + 1; u <= i; u++) table[u * b * b + i * b + j] = 1;
    }
  const { graph } = logs;
  const sums = matmul(reshape(logs, [...lead, d, blocks, b]), graph.constant('float32', [b, b * b], table));
  const spans = cast(exp(reshape(sums, [...lead, d, blocks, b, b])), q.dtype);
  const queries = reshape(swap(q), [...lead, d, blocks, b, 1]);
  const keys = reshape(k, [...lead, d, blocks, 1, b]);
  const scores = reduceSum(mul(mul(queries, keys), spans), { axes: [-4] });
  const kept = mul(scores, graph.constant(q.dtype, [b, b], mask));
  return reshape(matmul(kept, reshape(v, [...lead, blocks, b, e])), [...lead, c, e]);
}

/** The last two axes exchanged. */
function swap(x: Tensor): Tensor {
  const rank = x.shape.length;
  return transpose(x, [...Array.from({ length: rank - 2 }, (_, axis) => axis), rank - 1, rank - 2]);
}
