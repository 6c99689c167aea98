import { EarsightError } from '../../../core/errors.js';
import * as o from '../operators/index.js';
import { registerGradient } from './rule.js';

/** Operators that occur only in imported networks, which are never trained here. */
for (const operator of [o.MAX_POOL, o.AVERAGE_POOL, o.RESIZE, o.TOP_K, o.GATHER_ND, o.MOD])
  registerGradient(operator, () => {
    throw new EarsightError('EARSIGHT_GRAPH_GRADIENT', {
      operator: operator.type,
      reason: 'it is there for imported networks, which are not trained',
    });
  });
