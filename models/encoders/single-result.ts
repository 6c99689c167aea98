import { EarsightError } from '../../core/errors.js';
import type { Result } from '../runtime/model-spec.js';

/** The first result's numbers. */
export function firstResult(results: readonly Result[]): Float32Array {
  return results[0]?.data ?? new Float32Array(0);
}

/** @throws EARSIGHT_PACK_INVALID when a network scores another number of classes than its label list names. */
export function checkWidth(folder: string, width: number, classes: readonly string[]): void {
  if (width === classes.length) return;
  const reason = `its network has ${width} scores and its label list ${classes.length} names`;
  throw new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason });
}
