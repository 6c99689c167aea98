import type { Node, Operator, Tensor } from '../ir.js';
import { operatorName } from '../operator.js';

/** The inputs of a gradient rule: a node and the gradient of the loss with respect to each of its outputs, if any. */
export interface Backward {
  readonly node: Node;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly outputGradients: readonly (Tensor | undefined)[];
}

/** Returns the gradient of the loss with respect to each input, in the input's shape, or undefined if there is none. */
export type GradientRule = (backward: Backward) => readonly (Tensor | undefined)[];

const rules = new Map<string, GradientRule>();

/** Registers the gradient rule of `operator`; a later rule replaces an earlier one. */
export function registerGradient(operator: Operator, rule: GradientRule): void {
  rules.set(operatorName(operator.domain, operator.type), rule);
}

export function gradientRule(operator: Operator): GradientRule | undefined {
  return rules.get(operatorName(operator.domain, operator.type));
}

/** Registers a rule for an operator with one output; `inputs` are the inputs that are present, in order. */
export function registerSimple(
  operator: Operator,
  rule: (dy: Tensor, inputs: readonly Tensor[], backward: Backward) => readonly (Tensor | undefined)[],
): void {
  registerGradient(operator, (backward) => {
    const [dy] = backward.outputGradients;
    return dy === undefined
      ? []
      : rule(
          dy,
          backward.inputs.filter((input) => input !== undefined),
          backward,
        );
  });
}

/** Registers operators through which no gradient propagates: comparisons, indices, shapes. */
export function registerStop(...operators: readonly Operator[]): void {
  for (const operator of operators) registerGradient(operator, () => []);
}
