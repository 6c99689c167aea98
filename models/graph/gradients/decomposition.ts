import type { Node, Operator, Tensor } from '../ir.js';
import { backward } from './backward.js';
import { registerGradient } from './rule.js';

/**
 * Differentiates a fused operator through an equivalent graph of plain operators: `build` computes the outputs again
 * from the node's inputs, and the gradient is propagated through the nodes it added.
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
    // If the node reads a tensor twice, the first occurrence gets the whole gradient.
    return inputs.map((input, index) =>
      input === undefined || inputs.indexOf(input) !== index ? undefined : gradients[leaves.indexOf(input)],
    );
  });
}
