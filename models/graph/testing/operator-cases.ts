import { ELEMENTWISE_CASES } from './elementwise-cases.js';
import { FUSED_CASES } from './fused-cases.js';
import { LAYOUT_CASES } from './layout-cases.js';
import type { OperatorCase } from './operator-case.js';
import { PRODUCTS_CASES } from './products-cases.js';

/** The cases with which gradients, the reader, the reference evaluator and devices are tested. */
export const OPERATOR_CASES: readonly OperatorCase[] = [
  ...ELEMENTWISE_CASES,
  ...PRODUCTS_CASES,
  ...LAYOUT_CASES,
  ...FUSED_CASES,
];
