import { EarsightError } from '../../core/errors.js';

/** @throws EARSIGHT_MODEL_FAILED where a network answered NaN or infinity: what is kept would be wrong for good */
export function checkFinite(values: Float32Array, model: string): void {
  // One of them makes the sum so, and float32s do not overflow a double.
  let sum = 0;
  for (let i = 0; i < values.length; i += 1) sum += values[i] ?? 0;
  if (!Number.isFinite(sum))
    throw new EarsightError('EARSIGHT_MODEL_FAILED', { model, reason: 'it answered something that is no number' });
}
