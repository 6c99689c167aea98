import { add, matmul, mul, pad, reduceSum, reshape, slice, type Dim, type Tensor } from '../../graph/index.js';
import { constantSpans, inputSpans, type Spans } from './spans.js';

/** Up to this many items, one product with an n × n table is cheaper than another level of the scan. */
const ITEMS_A_LEVEL = 64;

/** Log decay of each item: a constant per head, [H], for each of the `steps` steps of an item, or computed, [lead.., N]. */
export type ItemDecay =
  | { readonly kind: 'constant'; readonly logs: readonly number[]; readonly steps: number }
  | { readonly kind: 'input'; readonly logs: Tensor };

export interface ScanResult {
  /** [lead.., N, w]: the state before each item. */
  readonly before: Tensor;
  /** [lead.., 1, w]: the state after all items. Null for constant decays, because padding would count as steps. */
  readonly total: Tensor | null;
}

/**
 * Exclusive scan of `S <- decay_n S + item_n` over N items without a loop. Groups are scanned by one masked product, and the
 * totals of the groups by the same method, with as many levels as N needs; the operation is associative (methods.md B.11).
 * `items` [lead.., N, w]; for constant decays the last axis of `lead` is the heads.
 */
export function exclusiveScan(items: Tensor, decay: ItemDecay): ScanResult {
  const lead = items.shape.slice(0, -2);
  const count = Number(items.shape.at(-2));
  const width = items.shape.at(-1) ?? 1;
  // A power of two divides the usual lengths exactly and keeps vector loads aligned.
  const group = count <= ITEMS_A_LEVEL ? count : 2 ** Math.ceil(Math.log2(count) / 2);
  const groups = Math.ceil(count / group);
  const missing = groups * group - count;
  const grouped = reshape(padded(items, -2, missing), [...lead, groups, group, width]);
  const spans = groupSpans(grouped, decay, lead, groups, group, missing);
  const inside = matmul(spans.exclusive(), grouped);
  const total = groups > 1 || decay.kind === 'input' ? matmul(spans.untilEnd(), grouped) : null;
  if (groups === 1)
    return {
      before: reshape(inside, [...lead, count, width]),
      total: total === null ? null : reshape(total, [...lead, 1, width]),
    };
  const totals = reshape(total ?? inside, [...lead, groups, width]);
  const upper = exclusiveScan(totals, decayOfGroups(decay, lead, groups, group, missing));
  const between = mul(spans.beforeItem(), reshape(upper.before, [...lead, groups, 1, width]));
  const joined = reshape(add(inside, between), [...lead, groups * group, width]);
  return { before: missing === 0 ? joined : slice(joined, -2, 0, count), total: upper.total };
}

function groupSpans(
  like: Tensor,
  decay: ItemDecay,
  lead: readonly Dim[],
  groups: number,
  group: number,
  missing: number,
): Spans {
  if (decay.kind === 'constant') return constantSpans(like, decay.logs, decay.steps, group);
  return inputSpans(reshape(padded(decay.logs, -1, missing), [...lead, groups, group]), like.dtype);
}

function decayOfGroups(
  decay: ItemDecay,
  lead: readonly Dim[],
  groups: number,
  group: number,
  missing: number,
): ItemDecay {
  if (decay.kind === 'constant') return { ...decay, steps: decay.steps * group };
  const logs = reshape(padded(decay.logs, -1, missing), [...lead, groups, group]);
  return { kind: 'input', logs: reduceSum(logs, { axes: [-1] }) };
}

function padded(x: Tensor, axis: number, missing: number): Tensor {
  return missing === 0 ? x : pad(x, axis, 0, missing);
}
