import type { Node, Operator, Tensor } from '../ir.js';
import { operatorName } from '../operator.js';

/** What a gradient rule sees of a node: the loss' gradient towards each output that has one. */
export interface Backward {
  readonly node: Node;
  readonly inputs: readonly (Tensor | undefined)[];
  readonly outputs: readonly Tensor[];
  readonly outputGradients: readonly (Tensor | undefined)[];
}

/** The loss' gradient towards each input, of that input's shape; undefined where nothing flows. */
export type GradientRule = (backward: Backward) => readonly (Tensor | undefined)[];

const rules = new Map<string, GradientRule>();

/** Says how gradients flow through `operator`; a later rule replaces an earlier one. */
export function registerGradient(operator: Operator, rule: GradientRule): void {
  rules.set(operatorName(operator.domain, operator.type), rule);
}

export function gradientRule(operator: Operator): GradientRule | undefined {
  return rules.get(operatorName(operator.domain, operator.type));
}

/** A rule for an operator of one output; `inputs` are those given, in order. */
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

/** Nothing flows: comparisons, indices, shapes. */
export function registerStop(...operators: readonly Operator[]): void {
  for (const operator of operators) registerGradient(operator, () => []);
}
