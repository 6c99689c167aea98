import type { Node, Operator, Tensor } from '../ir.js';
import { backward } from './backward.js';
import { registerGradient } from './rule.js';

/**
 * Differentiates a fused operator through the same function written with plain ones: `build` makes the outputs anew
 * from the node's inputs, and the gradient flows through what it made.
 */
export function registerDecomposition(
  operator: Operator,
  build: (node: Node) => readonly (Tensor | undefined)[],
): void {
  registerGradient(operator, ({ node, inputs, outputGradients }) => {
    const seeds = build(node).flatMap((output, index) => {
      const gradient = outputGradients[index];
      return output === undefined || gradient === undefined ? [] : [[output, gradient] as const];
    });
    const leaves = [...new Set(inputs.filter((input) => input !== undefined))];
    const gradients = backward(seeds, leaves);
    // An input that is read twice gets its whole gradient at the first place.
    return inputs.map((input, index) =>
      input === undefined || inputs.indexOf(input) !== index ? undefined : gradients[leaves.indexOf(input)],
    );
  });
}
