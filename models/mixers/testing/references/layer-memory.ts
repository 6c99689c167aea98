import { at, columns, fromTheEnd, perHead, type Rows } from './row-arithmetic.js';
import type { ReferenceContext } from '../reference-layer.js';
import { decayReference, type DecayInputs } from './recurrence.js';
import { createDecayState, stepDecay } from './recurrence-step.js';

/** q, k [T, H·d], v [T, H·e]; `logDecay` [H], [T, H] or [T, H·d]. */
export interface MemoryInputs {
  readonly q: Rows;
  readonly k: Rows;
  readonly v: Rows;
  readonly logDecay: Rows;
}

/** The recurrence of all heads in the place's direction, [T, H·e]: both ways each step reads itself once. */
export function rememberReference(inputs: MemoryInputs, place: ReferenceContext): Rows {
  const { heads, length, direction, by } = place;
  const [d, e] = [inputs.q.length / length / heads, inputs.v.length / length / heads];
  const memory = by === 'definition' ? decayReference : inSteps;
  return perHead(heads, length, (head) => {
    const share = (rows: Rows, width: number): Rows => columns(rows, heads * width, head * width, (head + 1) * width);
    const own = {
      q: share(inputs.q, d),
      k: share(inputs.k, d),
      v: share(inputs.v, e),
      logDecay: decayOf(inputs, place, head),
    };
    const shape = { length, keyWidth: d, valueWidth: e };
    const forward = memory(own, shape);
    if (direction === 'causal') return forward;
    const perStep = own.logDecay.length / length;
    const turned = {
      ...{ q: fromTheEnd(own.q, d), k: fromTheEnd(own.k, d), v: fromTheEnd(own.v, e) },
      logDecay: fromTheEnd(own.logDecay, perStep),
    };
    const backward = fromTheEnd(memory(turned, shape), e);
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
