import { add, concat, div, mul, reshape, slice, sqrt, sub, clip, reciprocal, type Tensor } from '../graph/index.js';
import { gradients } from '../graph/gradients/index.js';
import { sumOfAll } from './total.js';
import type { Group, TrainingGraph } from './training-graph.js';

/** Constants of the optimiser, with the names of Loshchilov and Hutter. */
export interface AdamwOptions {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decoupled weight decay: each step shrinks matrices by learning rate · decay. */
  readonly weightDecay: number;
  /** Maximum of the global gradient norm; a longer gradient is scaled down to it. */
  readonly clipNorm: number;
}

export const ADAMW_DEFAULTS: AdamwOptions = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.01, clipNorm: 1 };

/** The learning rate over the steps of a run. */
export interface Schedule {
  readonly learningRate: number;
  readonly warmupSteps: number;
  readonly steps: number;
  /** Final value of the cosine, as a fraction of `learningRate`. */
  readonly finalFraction: number;
}

/** Linear warm-up, then half a cosine down to the final fraction (SGDR without restarts; Loshchilov and Hutter). `step` starts at 0. */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { learningRate, warmupSteps, steps, finalFraction } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const progress = Math.min(1, (step - warmupSteps) / Math.max(1, steps - warmupSteps));
  return learningRate * (finalFraction + (1 - finalFraction) * 0.5 * (1 + Math.cos(Math.PI * progress)));
}

/** Values of the input `schedule` of an AdamW step: [learning rate, 1 - beta1^t, 1 - beta2^t], where t = step + 1. */
export function scheduleValues(step: number, learningRate: number, options: AdamwOptions): Float32Array {
  return Float32Array.of(learningRate, 1 - options.beta1 ** (step + 1), 1 - options.beta2 ** (step + 1));
}

export interface AdamwStep {
  /** Global norm of the gradient before clipping. */
  readonly gradientNorm: Tensor;
  /** New state by the name of the state input that it replaces. */
  readonly next: ReadonlyMap<string, Tensor>;
}

/**
 * Writes one AdamW step for every parameter of `g`: new parameters and moments from the old ones and the gradient of the loss,
 * which is clipped by its global norm.
 */
export function adamwStep(g: TrainingGraph, loss: Tensor, options: AdamwOptions): AdamwStep {
  const { beta1, beta2, epsilon, weightDecay, clipNorm } = options;
  const schedule = g.input('schedule', 'float32', [3]);
  const learningRate = slice(schedule, 0, 0, 1);
  const firstScale = slice(schedule, 0, 1, 2);
  const secondScale = slice(schedule, 0, 2, 3);
  const grads = flatGradients(g, loss);
  const squares = [...grads.values()].map((gradient) => sumOfAll(mul(gradient, gradient)));
  const gradientNorm = sqrt(squares.reduce((a, b) => add(a, b)));
  const scale = clip(mul(reciprocal(add(gradientNorm, 1e-12)), clipNorm), 0, 1);
  const next = new Map<string, Tensor>();
  for (const [group, gradient] of grads) {
    const size = g.sizeOf(group);
    const first = g.input(`state/${group}/first`, 'float32', [size]);
    const second = g.input(`state/${group}/second`, 'float32', [size]);
    const clipped = mul(gradient, scale);
    const newFirst = add(mul(first, beta1), mul(clipped, 1 - beta1));
    const newSecond = add(mul(second, beta2), mul(mul(clipped, clipped), 1 - beta2));
    const direction = div(div(newFirst, firstScale), add(sqrt(div(newSecond, secondScale)), epsilon));
    const here = slice(g.flat(group), 0, 0, size);
    const pulled = group === 'decayed' && weightDecay > 0 ? add(direction, mul(here, weightDecay)) : direction;
    next.set(`state/${group}`, sub(here, mul(pulled, learningRate)));
    next.set(`state/${group}/first`, newFirst);
    next.set(`state/${group}/second`, newSecond);
  }
  return { gradientNorm, next };
}

/** The gradient of the loss with respect to each group, with the layout of the group's flat vector. */
function flatGradients(g: TrainingGraph, loss: Tensor): ReadonlyMap<Group, Tensor> {
  const towards = gradients(
    loss,
    g.places.map(({ tensor }) => tensor),
  );
  const parts = new Map<Group, Tensor[]>();
  g.places.forEach(({ group }, index) => {
    const gradient = towards[index];
    if (gradient !== undefined) parts.set(group, [...(parts.get(group) ?? []), reshape(gradient, [-1])]);
  });
  return new Map([...parts].map(([group, pieces]) => [group, concat(pieces, 0)]));
}
