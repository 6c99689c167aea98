import { ELEMENTWISE_CASES } from './elementwise-cases.js';
import { FUSED_CASES } from './fused-cases.js';
import { LAYOUT_CASES } from './layout-cases.js';
import type { OperatorCase } from './operator-case.js';
import { PRODUCTS_CASES } from './products-cases.js';

/** Every operator at least once: what gradients, readers, evaluators and devices are held against. */
export const OPERATOR_CASES: readonly OperatorCase[] = [
  ...ELEMENTWISE_CASES,
  ...PRODUCTS_CASES,
  ...LAYOUT_CASES,
  ...FUSED_CASES,
];
