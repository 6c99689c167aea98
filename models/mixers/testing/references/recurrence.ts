import type { ReferenceContext } from '../reference-layer.js';
import { at, columns, reversedRows, perHead, type Rows, type HeadInputs, type HeadShape } from './row-arithmetic.js';

/** q, k [T, H·d], v [T, H·e]; `logDecay` [H], [T, H] or [T, H·d]. */
export interface MemoryInputs {
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
  readonly logDecay: Rows;
}

/** The recurrence of all heads in the layer's direction, [T, H·e]; a bidirectional step reads itself once. */
export function layerRecurrenceReference(inputs: MemoryInputs, context: ReferenceContext): Rows {
  const { heads, length, direction, by } = context;
  const [d, e] = [inputs.q.length / length / heads, inputs.v.length / length / heads];
  const memory = by === 'definition' ? decayReference : inSteps;
  return perHead(heads, length, (head) => {
    const share = (rows: Rows, width: number): Rows => columns(rows, heads * width, head * width, (head + 1) * width);
    const own = {
      q: share(inputs.q, d),
      k: share(inputs.k, d),
      v: share(inputs.v, e),
      logDecay: decayOf(inputs, context, head),
    };
    const shape = { length, keyWidth: d, valueWidth: e };
    const forward = memory(own, shape);
    if (direction === 'causal') return forward;
    const perStep = own.logDecay.length / length;
    const turned = {
      ...{ q: reversedRows(own.q, d), k: reversedRows(own.k, d), v: reversedRows(own.v, e) },
      logDecay: reversedRows(own.logDecay, perStep),
    };
    const backward = reversedRows(memory(turned, shape), e);
    return forward.map((value, i) => value + at(backward, i) - ownWeight(own, Math.floor(i / e), d) * at(own.v, i));
  });
}

function decayOf({ logDecay }: MemoryInputs, { heads, length }: ReferenceContext, head: number): Rows {
  if (logDecay.length === heads) return new Float64Array(length).fill(at(logDecay, head));
  const width = logDecay.length / length / heads;
  return columns(logDecay, heads * width, head * width, (head + 1) * width);
}

/** q_t · k_t */
function ownWeight({ q, k }: Pick<DecayInputs, 'q' | 'k'>, t: number, width: number): number {
  let weight = 0;
  for (let c = t * width; c < (t + 1) * width; c++) weight += at(q, c) * at(k, c);
  return weight;
}

function inSteps(
  inputs: DecayInputs,
  shape: { readonly length: number; readonly keyWidth: number; readonly valueWidth: number },
): Rows {
  const { length, keyWidth, valueWidth } = shape;
  const state = createDecayState(keyWidth, valueWidth);
  const out = new Float64Array(length * valueWidth);
  for (let t = 0; t < length; t++) {
    const row = (rows: Rows): Rows => rows.subarray((t * rows.length) / length, ((t + 1) * rows.length) / length);
    const step = { q: row(inputs.q), k: row(inputs.k), v: row(inputs.v), logDecay: row(inputs.logDecay) };
    out.set(stepDecay(state, step), t * valueWidth);
  }
  return out;
}

/**
 * Logarithm of the decay: [length, 1] (one number per step, as in TNL) or [length, keyWidth] (a vector, as in HGRN2 and GLA).
 * Values are <= 0; -Infinity is a gate of zero.
 */
export interface DecayInputs extends HeadInputs {
  readonly logDecay: Float64Array;
}

/**
 * The quadratic definition, `o_t = Σ_{s<=t} Σ_c q_tc k_sc exp(Σ_{s<u<=t} g_uc) v_s` (methods.md B.2, B.6): without
 * a state, so that it shares nothing with the forms that are compared with it. Returns [length, valueWidth].
 */
export function decayReference(inputs: DecayInputs, shape: HeadShape): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const { q, k, v, logDecay } = inputs;
  const vector = logDecay.length === length * keyWidth && keyWidth > 1;
  const out = new Float64Array(length * valueWidth);
  const kept = new Float64Array(keyWidth);
  for (let t = 0; t < length; t++) {
    kept.fill(1);
    for (let s = t; s >= 0; s--) {
      let weight = 0;
      for (let c = 0; c < keyWidth; c++) weight += at(q, t * keyWidth + c) * at(k, s * keyWidth + c) * at(kept, c);
      for (let j = 0; j < valueWidth; j++)
        out[t * valueWidth + j] = at(out, t * valueWidth + j) + weight * at(v, s * valueWidth + j);
      for (let c = 0; c < keyWidth; c++) kept[c] = at(kept, c) * Math.exp(at(logDecay, vector ? s * keyWidth + c : s));
    }
  }
  return out;
}

/** Both directions with one shared diagonal, `f_t + r_t - (q_t·k_t) v_t`; here by its definition with `|t - s|` (scalar decay). */
export function symmetricDecayReference(inputs: HeadInputs, lambda: number, shape: HeadShape): Float64Array {
  const { length, keyWidth, valueWidth } = shape;
  const out = new Float64Array(length * valueWidth);
  for (let t = 0; t < length; t++)
    for (let s = 0; s < length; s++) {
      let weight = 0;
      for (let c = 0; c < keyWidth; c++) weight += at(inputs.q, t * keyWidth + c) * at(inputs.k, s * keyWidth + c);
      weight *= lambda ** Math.abs(t - s);
      for (let j = 0; j < valueWidth; j++)
        out[t * valueWidth + j] = at(out, t * valueWidth + j) + weight * at(inputs.v, s * valueWidth + j);
    }
  return out;
}

/** The memory S of one head, [keyWidth, valueWidth] row-major, after the steps taken so far. */
export interface DecayState {
  readonly keyWidth: number;
  readonly valueWidth: number;
  readonly memory: Float64Array;
}

export interface DecayStep {
  readonly q: Float64Array;
  readonly k: Float64Array;
  readonly v: Float64Array;
  /** One number, or one for each key channel; log of the decay, <= 0. */
  readonly logDecay: Float64Array;
}

export function createDecayState(keyWidth: number, valueWidth: number): DecayState {
  return { keyWidth, valueWidth, memory: new Float64Array(keyWidth * valueWidth) };
}

/** `S <- diag(exp g) S + k v^T; o = S^T q` in place: the streaming form of every member with an elementwise memory. */
export function stepDecay(state: DecayState, step: DecayStep): Float64Array {
  const { keyWidth, valueWidth, memory } = state;
  const out = new Float64Array(valueWidth);
  for (let c = 0; c < keyWidth; c++) {
    const keep = Math.exp(step.logDecay[step.logDecay.length === 1 ? 0 : c] ?? Number.NaN);
    const key = step.k[c] ?? Number.NaN;
    const query = step.q[c] ?? Number.NaN;
    for (let j = 0; j < valueWidth; j++) {
      const cell = keep * (memory[c * valueWidth + j] ?? Number.NaN) + key * (step.v[j] ?? Number.NaN);
      memory[c * valueWidth + j] = cell;
      out[j] = (out[j] ?? Number.NaN) + query * cell;
    }
  }
  return out;
}

/**
 * Joins the states of two consecutive parts, as LASP does (methods.md B.11), where `second` started with an empty memory:
 * `S = exp(total) S_first + S_second`, with the total log decay of the second part.
 */
export function joinDecayStates(first: DecayState, second: DecayState, totalLogDecay: Float64Array): DecayState {
  const joined = createDecayState(first.keyWidth, first.valueWidth);
  for (let c = 0; c < first.keyWidth; c++) {
    const keep = Math.exp(totalLogDecay[totalLogDecay.length === 1 ? 0 : c] ?? Number.NaN);
    for (let j = 0; j < first.valueWidth; j++) {
      const index = c * first.valueWidth + j;
      joined.memory[index] = keep * (first.memory[index] ?? Number.NaN) + (second.memory[index] ?? Number.NaN);
    }
  }
  return joined;
}
