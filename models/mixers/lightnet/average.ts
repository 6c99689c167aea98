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

/** Logits of steps that do not count: exp of it is 0, and float16 can hold it. */
const HIDDEN = -1e4;

/**
 * Keys `k = exp(g_t - z_t)` of the running log-sum z and gates `exp(z_{t-1} - z_t) = 1 - k`, then any vector-decay
 * recurrence. The gate is made from the key, not from two values of z: their difference is rounding where little comes
 * in, and rounding that is clipped at zero adds up.
 */
export function runningAverage(q: Tensor, logits: Tensor, v: Tensor, context: LayerContext, carried?: Carried): Mixed {
  const { heads } = context;
  const length = Number(logits.shape[1]);
  // float32 inside: in float16 a long sum's last term would vanish.
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

/** The carried z, [B, 1, D]; before the first step, where it is all zeros, as good as -Infinity: no phantom weight of 1. */
function earlierLogSum(carried?: Carried): Tensor | undefined {
  const z = carried?.['log-sum'];
  const position = carried?.['position'];
  if (z === undefined || position === undefined) return undefined;
  const started = min(position, 1);
  return add(z, mul(sub(1, started), HIDDEN));
}

/**
 * `z_t = log Σ_{s<=t} exp x_s` along axis 1 of [B, T, W]: log₂ T rounds, in each of which every step adds what the step
 * 1, 2, 4, … before it has gathered. No running sum of exponentials, so nothing overflows or is lost below the largest.
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

/** `log(exp a + exp b)` without an exponent above zero. */
function logAddExp(a: Tensor, b: Tensor): Tensor {
  return add(max(a, b), log(add(exp(neg(abs(sub(a, b)))), 1)));
}

/** One softmax over all positions a channel; any number of axes, since order plays no part but through MD-LRPE. */
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
