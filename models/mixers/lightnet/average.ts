import {
  abs,
  add,
  cast,
  concat,
  exp,
  log,
  max,
  min,
  mul,
  neg,
  slice,
  softmax,
  sub,
  type Tensor,
} from '../../graph/index.js';
import type { Carried, Mixed, LayerContext } from '../layer.js';
import { nonCausalLinearAttention } from '../linear-attention/layer.js';
import { cosineTables, applyCosine } from '../lrpe/cosine.js';
import { nextPosition } from '../lrpe/rotary.js';
import { layerRecurrence } from '../recurrence/layer-memory.js';
import { logOneMinus } from '../recurrence/decay.js';

/** Logit of masked steps: its exponential is 0, and float16 can represent it. */
const HIDDEN = -1e4;

/**
 * The causal average as a vector-decay recurrence with keys `k = exp(g_t - z_t)` and gates `exp(z_{t-1} - z_t) = 1 - k`,
 * where z is the running log-sum-exp. The gate is computed from the key and not from two values of z, because where little
 * is added their difference is only rounding error, and rounding errors that are clipped at zero accumulate.
 */
export function runningAverage(q: Tensor, logits: Tensor, v: Tensor, context: LayerContext, carried?: Carried): Mixed {
  const { heads } = context;
  const length = Number(logits.shape[1]);
  // float32 inside, because float16 would lose the last terms of a long sum.
  const g = cast(logits, 'float32');
  const before = earlierLogSum(carried);
  const z = before === undefined ? cumulativeLogSumExp(g) : logAddExp(cumulativeLogSumExp(g), before);
  const written = min(exp(sub(g, z)), 1);
  const decay = { kind: 'vector', logs: logOneMinus(written) } as const;
  const mixed = layerRecurrence({ q, k: cast(written, context.dtype), v, heads, decay }, context, carried);
  const logSum = slice(z, 1, length - 1);
  const output = cast(mixed.output, context.dtype);
  return { output, carried: { ...mixed.carried, 'log-sum': logSum, ...nextPosition(context, length, carried) } };
}

/**
 * The carried z, [B, 1, D]. At the start of a sequence it is all zeros, which would count as a step of weight 1; there it is
 * lowered so far that its weight is 0.
 */
function earlierLogSum(carried?: Carried): Tensor | undefined {
  const z = carried?.['log-sum'];
  const position = carried?.['position'];
  if (z === undefined || position === undefined) return undefined;
  const started = min(position, 1);
  return add(z, mul(sub(1, started), HIDDEN));
}

/**
 * `z_t = log Σ_{s<=t} exp x_s` along axis 1 of [B, T, W], in log₂ T rounds: in each round every step adds the result
 * of the step 1, 2, 4, … before it. There is no running sum of exponentials, so nothing overflows and no small term is lost.
 */
function cumulativeLogSumExp(x: Tensor): Tensor {
  const length = Number(x.shape[1]);
  let z = x;
  for (let reach = 1; reach < length; reach *= 2) {
    const joined = logAddExp(slice(z, 1, reach), slice(z, 1, 0, length - reach));
    z = concat([slice(z, 1, 0, reach), joined], 1);
  }
  return z;
}

/** `log(exp a + exp b)` without a positive exponent. */
function logAddExp(a: Tensor, b: Tensor): Tensor {
  return add(max(a, b), log(add(exp(neg(abs(sub(a, b)))), 1)));
}

/** One softmax per channel over all positions, on any number of axes; the order of the steps enters through MD-LRPE only. */
export function averageOverAllSteps(
  q: Tensor,
  logits: Tensor,
  v: Tensor,
  context: LayerContext,
  axes: readonly number[],
): Tensor {
  const { heads, width, mask } = context;
  const shown = mask === undefined ? logits : add(logits, mul(sub(1, mask), HIDDEN));
  const tables = cosineTables(context, axes, width / heads);
  return nonCausalLinearAttention(
    applyCosine(q, heads, tables),
    applyCosine(softmax(shown, 1), heads, tables),
    v,
    heads,
  );
}
