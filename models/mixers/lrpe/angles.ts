import { add, concat, floor, mul, reduceSum, reshape, slice, sub, type Tensor } from '../../graph/index.js';

/** Positions are split into digits of this base, 8 bits each. */
const BASE = 256;

/** θ up to 4 has 16 bits in its upper part, so that the product with an 8-bit digit fits the 24 bits of float32 exactly. */
const UPPER_UNIT = 2 ** -14;

/** 2π in three parts (the reduction of Cody and Waite): a count of turns below 2^16 times one of the first two is exact. */
const TURN_PARTS = [201 / 32, 254 / 2 ** 17] as const;
const TURN_REST = 2 * Math.PI - TURN_PARTS[0] - TURN_PARTS[1];

/**
 * Computes position · θ minus whole turns for positions 0 to `length` - 1, or from `start` on: θ [H, c] in float32 to
 * [length, H, c]. A plain float32 product has an error of 2e-4 after 4,096 steps, and a GPU's cosine of a large angle a
 * larger one. Here the error of the angle is at most 2e-6 up to position 65,535 and 3e-5 up to 2^24. All tables except one
 * sum have only as many rows as there are digits.
 */
export function anglesAlong(length: number, theta: Tensor, start?: Tensor): Tensor {
  const [heads = 1, width = 1] = theta.shape;
  const digits = (count: number): number => Math.min(BASE, count);
  const [fine, coarse] = [digits(length), digits(Math.ceil(length / BASE))];
  const far = Math.ceil(length / BASE ** 2);
  const positions = [...digitsOf(fine, 1), ...digitsOf(coarse, BASE), BASE ** 2];
  const table = lessTurns(column(theta, positions), theta);
  const rows = (from: number, count: number): Tensor => slice(table, 0, from, from + count);
  const unit = rows(fine + coarse, 1);
  let sum = add(
    reshape(rows(fine, coarse), [coarse, 1, heads, width]),
    reshape(rows(0, fine), [1, fine, heads, width]),
  );
  if (far > 1) sum = add(mul(reshape(column(theta, digitsOf(far, 1)), [far, 1, 1, 1, 1]), unit), sum);
  const whole = reshape(sum, [far * coarse * fine, heads, width]);
  const along = far * coarse * fine === length ? whole : slice(whole, 0, 0, length);
  return start === undefined ? along : add(along, startAngle(start, theta, unit));
}

/** The angle of a position [1] that is known only at run time: [1, H, c]. */
function startAngle(start: Tensor, theta: Tensor, unit: Tensor): Tensor {
  const above = floor(mul(start, 1 / BASE));
  const far = floor(mul(above, 1 / BASE));
  const lowest = sub(start, mul(above, BASE));
  const middle = mul(sub(above, mul(far, BASE)), BASE);
  const low = lessTurns(reshape(concat([lowest, middle], 0), [2, 1, 1]), theta);
  return add(reduceSum(low, { axes: [0], keep: true }), mul(reshape(far, [1, 1, 1]), unit));
}

/** positions [n, 1, 1] times θ [H, c] minus whole turns: [n, H, c], centred on zero. */
function lessTurns(positions: Tensor, theta: Tensor): Tensor {
  const upper = mul(nearest(mul(theta, 1 / UPPER_UNIT)), UPPER_UNIT);
  const angle = mul(positions, upper);
  const turns = nearest(mul(angle, 1 / (2 * Math.PI)));
  const exact = TURN_PARTS.reduce((rest, part) => sub(rest, mul(turns, part)), angle);
  // The gradient with respect to θ flows through this term, because rounding has none.
  return add(sub(exact, mul(turns, TURN_REST)), mul(positions, sub(theta, upper)));
}

function nearest(x: Tensor): Tensor {
  return floor(add(x, 0.5));
}

function digitsOf(count: number, unit: number): readonly number[] {
  return Array.from({ length: count }, (_, digit) => digit * unit);
}

function column(like: Tensor, values: readonly number[]): Tensor {
  return like.graph.constant('float32', [values.length, 1, 1], values);
}
