import { EarsightError } from '../../../core/errors.js';
import { formatShape, sameShape } from '../dim.js';
import { isFloat } from '../dtype.js';
import type { Node, Tensor } from '../ir.js';
import { operatorName } from '../operator.js';
import { add } from '../operators/binary.js';
import { gradientRule } from './rule.js';

/** A tensor and the gradient of the loss with respect to it, from which backpropagation starts. */
export type Seed = readonly [tensor: Tensor, gradient: Tensor];

/**
 * Reverse-mode differentiation: adds the nodes that propagate the gradients of `seeds` back to `leaves`. Returns the
 * gradient of each leaf, or undefined for a leaf on which no seed depends. Propagation stops at a leaf, even if it was
 * computed from another leaf.
 */
export function backward(seeds: readonly Seed[], leaves: readonly Tensor[]): readonly (Tensor | undefined)[] {
  const stops = new Set(leaves);
  const order = ancestorsOf(
    seeds.map(([tensor]) => tensor),
    stops,
  );
  const active = nodesDependingOnLeaves(order, stops);
  const gradients = new Map<Tensor, Tensor>();
  const accumulate = (tensor: Tensor, gradient: Tensor): void => {
    const known = gradients.get(tensor);
    gradients.set(tensor, known === undefined ? gradient : add(known, gradient));
  };
  for (const [tensor, gradient] of seeds) accumulate(tensor, gradient);
  for (const node of order.toReversed()) {
    const outputGradients = node.outputs.map((output) => (stops.has(output) ? undefined : gradients.get(output)));
    if (!active.has(node) || outputGradients.every((gradient) => gradient === undefined)) continue;
    applyRule(node, outputGradients).forEach((gradient, index) => {
      const input = node.inputs[index];
      if (gradient === undefined || input === undefined) return;
      check(node, input, gradient);
      if (dependsOnLeaf(input, stops, active)) accumulate(input, gradient);
    });
  }
  return leaves.map((leaf) => gradients.get(leaf));
}

function applyRule(node: Node, outputGradients: readonly (Tensor | undefined)[]): readonly (Tensor | undefined)[] {
  const rule = gradientRule(node.operator);
  if (rule === undefined)
    throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
      operator: operatorName(node.operator.domain, node.operator.type),
      reason: 'no rule is registered',
    });
  return rule({ node, inputs: node.inputs, outputs: node.outputs, outputGradients });
}

function check(node: Node, input: Tensor, gradient: Tensor): void {
  if (sameShape(input.shape, gradient.shape)) return;
  throw new EarsightError('EARSIGHT_BUG', {
    reason: `${node.operator.type}: gradient ${formatShape(gradient.shape)} of an input ${formatShape(input.shape)}`,
  });
}

/**
 * The nodes from which `roots` are computed, up to `stops`, in topological order. Iterative, because a network may be
 * thousands of nodes deep.
 */
function ancestorsOf(roots: readonly Tensor[], stops: ReadonlySet<Tensor>): readonly Node[] {
  const done = new Set<Node>();
  const open = new Set<Node>();
  const stack = roots.flatMap((root) => producer(root, stops) ?? []);
  while (true) {
    const node = stack.at(-1);
    if (node === undefined) return [...done];
    const next = open.has(node) ? undefined : node.inputs.flatMap((input) => producer(input, stops) ?? []);
    open.add(node);
    if (next === undefined) {
      done.add(node);
      stack.pop();
    } else stack.push(...next.filter((above) => !open.has(above)));
  }
}

function producer(tensor: Tensor | undefined, stops: ReadonlySet<Tensor>): Node | undefined {
  return tensor?.origin.kind === 'node' && !stops.has(tensor) ? tensor.origin.node : undefined;
}

/** The nodes of `order` whose outputs depend on a leaf. */
function nodesDependingOnLeaves(order: readonly Node[], stops: ReadonlySet<Tensor>): ReadonlySet<Node> {
  const active = new Set<Node>();
  for (const node of order)
    if (node.inputs.some((input) => input !== undefined && dependsOnLeaf(input, stops, active))) active.add(node);
  return active;
}

function dependsOnLeaf(tensor: Tensor, stops: ReadonlySet<Tensor>, active: ReadonlySet<Node>): boolean {
  if (!isFloat(tensor.dtype)) return false;
  return stops.has(tensor) || (tensor.origin.kind === 'node' && active.has(tensor.origin.node));
}
