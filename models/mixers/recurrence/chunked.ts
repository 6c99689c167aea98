import { EarsightError } from '../../../core/errors.js';
import {
  add,
  cast,
  exp,
  matmul,
  mul,
  pad,
  reduceSum,
  reshape,
  slice,
  transpose,
  type Dim,
  type Tensor,
} from '../../graph/index.js';
import { exclusiveScan } from './exclusive-scan.js';
import { LOG_DECAY_FLOOR, type Decay, type RecurrenceInputs, type RecurrenceOutputs } from './decay.js';
import { constantSpans, flooredLogs, inputSpans, type Spans } from './spans.js';
import { vectorWithinChunks } from './vector-chunk.js';

/** Steps per chunk. The masked products inside cost T·C, the states T/C·d·e; see docs/decisions/0012-mixers.md. */
export const DEFAULT_CHUNK = 64;

/**
 * The recurrence without a loop (methods.md B.2, B.6): masked products inside chunks of `chunk` steps, one state per chunk,
 * and an associative scan over these states. T must be a number, not a named dimension.
 * @throws EarsightError EARSIGHT_GRAPH_SHAPE
 */
export function chunkedRecurrence(inputs: RecurrenceInputs, chunk = DEFAULT_CHUNK): RecurrenceOutputs {
  const { heads, decay } = inputs;
  const [batch, length] = inputs.q.shape;
  if (batch === undefined || typeof length !== 'number' || length < 1)
    throw new EarsightError('EARSIGHT_GRAPH_SHAPE', {
      operator: 'chunked recurrence',
      shapes: inputs.q.shape.join(', '),
      reason: 'the length must be known when the graph is written, one step at least',
    });
  if (!Number.isInteger(chunk) || chunk < 1)
    throw new EarsightError('EARSIGHT_GRAPH_INVALID', { reason: `${chunk} steps are no chunk` });
  const c = Math.min(chunk, length);
  const chunks = Math.ceil(length / c);
  const cut: Cut = { batch, length, heads, chunk: c, chunks };
  const q = perChunk(inputs.q, cut, [0, 3, 1, 2, 4]);
  const k = perChunk(inputs.k, cut, [0, 3, 1, 4, 2]);
  const v = perChunk(inputs.v, cut, [0, 3, 1, 2, 4]);
  const inside = decay.kind === 'vector' ? vectorInside(q, k, v, decay.logs, cut) : scalarInside(q, k, v, decay, cut);
  const { before, total } = carriedStates(inside, inputs.state, cut);
  const output = before === null ? inside.output : add(inside.output, matmul(inside.reading, before));
  return {
    output: unchunk(output, cut),
    state: total ?? constantFinalState(inputs, cut),
  };
}

interface Cut {
  readonly batch: Dim;
  readonly length: number;
  readonly heads: number;
  readonly chunk: number;
  readonly chunks: number;
}

/** Results of the chunks before the states are carried between them. */
interface Inside {
  /** [B, H, N, C, e] */
  readonly output: Tensor;
  /** Queries for the state before their chunk, times the decay since the start of the chunk, [B, H, N, C, d]. */
  readonly reading: Tensor;
  /** The contribution of each chunk to the memory, [B, H, N, d, e]. */
  readonly states: Tensor;
  /** Log decay of each chunk: [H] over C steps, [B, H, N] or [B, H, N, d]. */
  readonly decay:
    | { readonly kind: 'constant'; readonly logs: readonly number[] }
    | { readonly kind: 'scalar' | 'vector'; readonly logs: Tensor };
}

function scalarInside(q: Tensor, k: Tensor, v: Tensor, decay: Exclude<Decay, { kind: 'vector' }>, cut: Cut): Inside {
  const { batch, heads, chunk, chunks } = cut;
  let spans: Spans;
  let chunkDecay: Inside['decay'];
  if (decay.kind === 'scalar') {
    const logs = transpose(padSteps(flooredLogs(decay.logs, LOG_DECAY_FLOOR), cut), [0, 2, 1]);
    const perStep = reshape(logs, [batch, heads, chunks, chunk]);
    spans = inputSpans(perStep, q.dtype);
    chunkDecay = { kind: 'scalar', logs: reduceSum(perStep, { axes: [-1] }) };
  } else {
    const logs = decay.kind === 'none' ? Array.from({ length: heads }, () => 0) : decay.logs;
    spans = constantSpans(q, logs, 1, chunk);
    chunkDecay = { kind: 'constant', logs };
  }
  return {
    output: matmul(mul(matmul(q, k), spans.inclusive()), v),
    reading: mul(q, spans.sinceStart()),
    states: matmul(mul(k, spans.untilEnd()), v),
    decay: chunkDecay,
  };
}

function vectorInside(q: Tensor, k: Tensor, v: Tensor, logs: Tensor, cut: Cut): Inside {
  const floored = perChunk(flooredLogs(logs, LOG_DECAY_FLOOR), cut, [0, 3, 1, 4, 2]);
  const { output, reading, states, total } = vectorWithinChunks(q, k, v, floored);
  return { output, reading, states, decay: { kind: 'vector', logs: total } };
}

/** The memory before each chunk, [B, H, N, d, e] (null when it is empty), and after the last step. */
function carriedStates(
  inside: Inside,
  initial: Tensor | undefined,
  cut: Cut,
): { readonly before: Tensor | null; readonly total: Tensor | null } {
  const { states, decay } = inside;
  const { batch, heads, chunk, chunks } = cut;
  const [d, e] = [states.shape[3] ?? 1, states.shape[4] ?? 1];
  const vector = decay.kind === 'vector';
  const lead = vector ? [batch, heads, d] : [batch, heads];
  const width = vector ? e : Number(d) * Number(e);
  const items = reshape(vector ? transpose(states, [0, 1, 3, 2, 4]) : states, [...lead, chunks, width]);
  const back = (x: Tensor, count: number): Tensor =>
    vector
      ? transpose(reshape(x, [batch, heads, d, count, e]), [0, 1, 3, 2, 4])
      : reshape(x, [batch, heads, count, d, e]);
  // The log decays with the chunks as their last axis, as the scan and the factors of an initial state need them.
  const logs = decay.kind === 'constant' ? null : vector ? transpose(decay.logs, [0, 1, 3, 2]) : decay.logs;
  const scan = exclusiveScan(
    items,
    decay.kind === 'constant'
      ? { kind: 'constant', logs: decay.logs, steps: chunk }
      : { kind: 'input', logs: logs ?? decay.logs },
  );
  const single = chunks === 1;
  if (initial === undefined) {
    const total = scan.total === null ? null : reshape(back(scan.total, 1), [batch, heads, d, e]);
    return { before: single ? null : back(scan.before, chunks), total };
  }
  const start = reshape(initial, [...lead, 1, width]);
  const left = sinceVeryStart(states, decay, logs, chunk, chunks);
  const before = add(scan.before, mul(left.before, start));
  const total =
    scan.total === null || left.after === null
      ? null
      : reshape(back(add(scan.total, mul(left.after, start)), 1), [batch, heads, d, e]);
  return { before: back(before, chunks), total };
}

/** Factor by which an initial state has decayed before each chunk, [lead.., N, 1], and after the last, [lead.., 1, 1]. */
function sinceVeryStart(
  like: Tensor,
  decay: Inside['decay'],
  logs: Tensor | null,
  chunk: number,
  chunks: number,
): { readonly before: Tensor; readonly after: Tensor | null } {
  if (decay.kind === 'constant' || logs === null) {
    const perHead = decay.kind === 'constant' ? decay.logs : [];
    const values = perHead.flatMap((log) => Array.from({ length: chunks }, (_, n) => Math.exp(log * chunk * n)));
    return { before: like.graph.constant(like.dtype, [perHead.length, chunks, 1], values), after: null };
  }
  const lead = logs.shape.slice(0, -1);
  const covers = Array.from({ length: chunks * chunks }, (_, cell) =>
    Math.floor(cell / chunks) < cell % chunks ? 1 : 0,
  );
  const sums = matmul(logs, logs.graph.constant('float32', [chunks, chunks], covers));
  return {
    before: cast(exp(reshape(sums, [...lead, chunks, 1])), like.dtype),
    after: cast(exp(reshape(reduceSum(logs, { axes: [-1] }), [...lead, 1, 1])), like.dtype),
  };
}

/** Final state for constant decays: `Σ λ^{T-1-t} k_t v_t^T + λ^T S`, one product over the steps without padding. */
function constantFinalState(inputs: RecurrenceInputs, cut: Cut): Tensor {
  const { batch, length, heads } = cut;
  const logs = inputs.decay.kind === 'constant' ? inputs.decay.logs : Array.from({ length: heads }, () => 0);
  const split = (x: Tensor, order: readonly number[]): Tensor =>
    transpose(reshape(x, [batch, length, heads, Number(x.shape[2]) / heads]), order);
  const { graph, dtype } = inputs.k;
  const weights = logs.flatMap((log) => Array.from({ length }, (_, t) => Math.exp(log * (length - 1 - t))));
  const weighed = mul(split(inputs.k, [0, 2, 3, 1]), graph.constant(dtype, [heads, 1, length], weights));
  const added = matmul(weighed, split(inputs.v, [0, 2, 1, 3]));
  if (inputs.state === undefined) return added;
  const left = graph.constant(
    dtype,
    [heads, 1, 1],
    logs.map((log) => Math.exp(log * length)),
  );
  return add(added, mul(inputs.state, left));
}

/** Splits [B, T, H·w] into chunks, [B, N, C, H, w], and permutes these axes by `order`. */
function perChunk(x: Tensor, cut: Cut, order: readonly number[]): Tensor {
  const { batch, heads, chunk, chunks } = cut;
  return transpose(reshape(padSteps(x, cut), [batch, chunks, chunk, heads, Number(x.shape[2]) / heads]), order);
}

function padSteps(x: Tensor, { length, chunk, chunks }: Cut): Tensor {
  return chunks * chunk === length ? x : pad(x, 1, 0, chunks * chunk - length);
}

/** Joins the chunks [B, H, N, C, e] to [B, T, H·e] and removes the padding. */
function unchunk(x: Tensor, { batch, length, heads, chunk, chunks }: Cut): Tensor {
  const width = Number(x.shape[4]);
  const steps = reshape(transpose(x, [0, 2, 3, 1, 4]), [batch, chunks * chunk, heads * width]);
  return chunks * chunk === length ? steps : slice(steps, 1, 0, length);
}
