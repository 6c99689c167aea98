import { EarsightError } from '../../core/errors.js';
import type { Result } from '../runtime/model-spec.js';

/** The numbers of the first result. */
export function firstResult(results: readonly Result[]): Float32Array {
  return results[0]?.data ?? new Float32Array(0);
}

/** @throws EARSIGHT_PACK_INVALID when the number of scores differs from the number of names in the label list. */
export function checkWidth(folder: string, width: number, classes: readonly string[]): void {
  if (width === classes.length) return;
  const reason = `its network has ${width} scores and its label list ${classes.length} names`;
  throw new EarsightError('EARSIGHT_PACK_INVALID', { path: folder, reason });
}
