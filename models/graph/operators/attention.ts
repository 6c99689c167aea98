import { broadcastShapes, divideDims, multiplyDims } from '../dim.js';
import type { Attributes, Tensor } from '../ir.js';
import { declare, emit, emitAll, floatDtype, intAttribute, required, shapeError } from '../operator.js';

/** onnxruntime's fused attention. Inputs: query, key, value, bias, key padding mask, attention bias. */
export const MULTI_HEAD_ATTENTION = declare({
  type: 'MultiHeadAttention',
  domain: 'com.microsoft',
  since: 1,
  arity: [3, 6],
  attributes: { num_heads: 'int', scale: 'float', unidirectional: 'int', mask_filter_value: 'float' },
  infer: (call) => {
    const [q, k, v] = [required(call, 0).shape, required(call, 1).shape, required(call, 2).shape];
    const heads = intAttribute(call, 'num_heads', 0);
    if (q.length !== 3 || k.length !== 3 || v.length !== 3) throw shapeError(call, 'takes [batch, length, width]');
    if (q[0] !== k[0] || k[0] !== v[0] || k[1] !== v[1] || q[2] !== k[2])
      throw shapeError(call, 'batch, key length and key width must agree');
    for (const width of [q[2], v[2]])
      if (width === undefined || heads < 1 || divideDims(width, heads) === undefined)
        throw shapeError(call, `${width ?? '?'} does not divide in ${heads} heads`);
    const bias = call.inputs[5];
    if (bias !== undefined && broadcastShapes(bias.shape, [q[0] ?? 1, heads, q[1] ?? 1, k[1] ?? 1]) === undefined)
      throw shapeError(call, 'the attention bias does not broadcast to [batch, heads, queries, keys]');
    return [{ dtype: floatDtype(call, [0, 1, 2]), shape: [q[0] ?? 1, q[1] ?? 1, v[2] ?? 1] }];
  },
});

export interface MultiHeadAttentionOptions {
  readonly heads: number;
  /** Default 1 / sqrt(head width). */
  readonly scale?: number;
  /** Each query attends only to keys at its own position and before it. */
  readonly causal?: boolean;
  /** Is added to the scores; must broadcast to [batch, heads, queries, keys]. */
  readonly attentionBias?: Tensor;
}

/** Softmax attention over packed heads: q [B, T, H·d], k [B, S, H·d], v [B, S, H·e]; the result is [B, T, H·e]. */
export function multiHeadAttention(q: Tensor, k: Tensor, v: Tensor, options: MultiHeadAttentionOptions): Tensor {
  const { heads, scale, causal = false, attentionBias } = options;
  const attributes: Attributes = {
    num_heads: heads,
    unidirectional: causal ? 1 : 0,
    ...(scale === undefined ? {} : { scale }),
  };
  const inputs = attentionBias === undefined ? [q, k, v] : [q, k, v, undefined, undefined, attentionBias];
  return emit(MULTI_HEAD_ATTENTION, inputs, attributes);
}

/** onnxruntime's recurrent linear attention. Inputs: query, key, value, past state, log decay, beta. */
export const LINEAR_ATTENTION = declare({
  type: 'LinearAttention',
  domain: 'com.microsoft',
  since: 1,
  arity: [3, 6],
  attributes: { q_num_heads: 'int', kv_num_heads: 'int', update_rule: 'string', scale: 'float', chunk_size: 'int' },
  infer: (call) => {
    const [q, k, v] = [required(call, 0).shape, required(call, 1).shape, required(call, 2).shape];
    const [batch, length, packed] = q;
    const queryHeads = intAttribute(call, 'q_num_heads', 0);
    const heads = intAttribute(call, 'kv_num_heads', 0);
    const width = divideDims(packed ?? 0, Math.max(queryHeads, 1));
    const valueWidth = divideDims(v[2] ?? 0, Math.max(heads, 1));
    if (
      batch === undefined ||
      length === undefined ||
      width === undefined ||
      valueWidth === undefined ||
      heads < 1 ||
      queryHeads % heads !== 0
    )
      throw shapeError(call, `takes [batch, length, heads · width] of ${queryHeads} query and ${heads} key heads`);
    if (k[0] !== batch || v[0] !== batch || k[1] !== length || v[1] !== length || k[2] !== multiplyDims(width, heads))
      throw shapeError(call, 'query, key and value disagree');
    const state = [batch, heads, width, valueWidth];
    const [past, decay, beta] = [call.inputs[3], call.inputs[4], call.inputs[5]];
    if (past !== undefined && past.shape.join() !== state.join())
      throw shapeError(call, `the state is not [${state.join(', ')}]`);
    if (decay !== undefined && decay.shape[2] !== heads && decay.shape[2] !== k[2])
      throw shapeError(call, 'the log decay has neither one number a head nor one a key channel');
    const rule = String(call.attributes['update_rule'] ?? 'gated_delta');
    if ((decay !== undefined) !== rule.startsWith('gated') || (beta !== undefined) !== rule.endsWith('delta'))
      throw shapeError(call, `the update rule ${rule} does not go with these inputs`);
    const dtype = floatDtype(call, [0, 1, 2]);
    return [
      { dtype, shape: [batch, length, multiplyDims(valueWidth, queryHeads)] },
      { dtype, shape: state },
    ];
  },
});

export interface LinearAttentionOptions {
  /** Number of key and value heads, and of query heads unless `queryHeads` is given. */
  readonly heads: number;
  readonly queryHeads?: number;
  /** Factor of the result; default 1. The operator interprets 0 as 1 / sqrt(d). */
  readonly scale?: number;
  /** The state after the earlier part of the sequence, [B, H, d, e]. */
  readonly state?: Tensor;
  /** Logarithm of the decay (at most 0): [B, T, H] for one per head, or [B, T, H·d] for one per channel. */
  readonly logDecay?: Tensor;
  /** Write strength of the delta rule, [B, T, H]. */
  readonly beta?: Tensor;
}

/**
 * Computes S_t = exp(g_t) S_{t-1} + k_t v_tᵀ and o_t = scale · S_tᵀ q_t over packed heads: q and k [B, T, H·d], v
 * [B, T, H·e]. With `beta` the delta rule applies: v_t is replaced by beta_t (v_t - (exp(g_t) S_{t-1})ᵀ k_t).
 */
export function linearAttention(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: LinearAttentionOptions,
): { readonly output: Tensor; readonly state: Tensor } {
  const { heads, queryHeads = heads, scale = 1, state, logDecay, beta } = options;
  const rule =
    logDecay === undefined ? (beta === undefined ? 'linear' : 'delta') : beta === undefined ? 'gated' : 'gated_delta';
  const [output, present] = emitAll(LINEAR_ATTENTION, [q, k, v, state, logDecay, beta], {
    q_num_heads: queryHeads,
    kv_num_heads: heads,
    update_rule: rule,
    scale,
  });
  if (output === undefined || present === undefined)
    throw shapeError({ operator: LINEAR_ATTENTION, inputs: [q] }, 'no output');
  return { output, state: present };
}
