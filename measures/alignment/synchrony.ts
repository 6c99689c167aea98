import { EarsightError } from '../../core/errors.js';
import type { Matrix } from '../embeddings/cosine.js';
import { everySecondRow, smoothRows, trimRows } from './smooth-rows.js';
import { agreementByShift } from './kernel-agreement.js';

export interface Synchrony {
  /**
   * Share of the shifts that the given alignment beats, 0 to 1; higher is better. Null where sound or picture do not change,
   * or where the clip is too short.
   */
  readonly share: number | null;
  /** How far the given alignment lies above the shifts, in their standard deviations. */
  readonly deviations: number | null;
  /** Number of shifts that were compared. */
  readonly shifts: number;
}

/** Moments per second of the rows that `synchrony` takes. */
export const MOMENTS_PER_SEC = 25;
/** Smoothing in moments: the three together gave more than any one of them (docs/decisions/0067-scores.md). */
const SMOOTHINGS = [1, 2, 4] as const;
/** Both ends are cut off by this many moments: the begin of a file is no event, and would be aligned in every file. */
const TRIM = 8;
/** After smoothing, every second row is enough. */
const RATE = MOMENTS_PER_SEC / 2;
/** Nearer shifts may still belong to the same event. */
const LEAST_SHIFT = Math.ceil(0.5 * RATE);
/** With fewer shifts a share means nothing. */
const LEAST_SHIFTS = 12;

/**
 * Synchrony without a learned network: moments at which the picture moves alike should be moments at which the sound begins
 * alike. Both become matrices of similarity between all pairs of moments, and the agreement of the two matrices (the
 * Hilbert-Schmidt independence criterion; Gretton et al., 2005) under the given alignment is compared with that under all
 * circular shifts of half a second and more.
 * @param sound one row per moment, 25 a second: ln(1 + growth) of each band of the log spectrum
 * @param picture one row per moment: ln(1 + change) of each cell of the picture
 */
export function synchrony(sound: Matrix, picture: Matrix): Synchrony {
  if (sound.rows !== picture.rows)
    throw new EarsightError('EARSIGHT_MEASURE_INVALID', {
      reason: `${sound.rows} moments of sound and ${picture.rows} of picture`,
    });
  const total = synchronyByShift(sound, picture);
  const others = total === null ? null : otherShifts(total);
  if (total === null || others === null) return { share: null, deviations: null, shifts: 0 };
  const own = total[0] ?? 0;
  let beaten = 0;
  for (const other of others) beaten += own > other ? 1 : own === other ? 0.5 : 0;
  const { mean, deviation } = spread(others);
  return {
    share: beaten / others.length,
    deviations: deviation === 0 ? null : (own - mean) / deviation,
    shifts: others.length,
  };
}

/**
 * The agreement of sound and picture at every circular shift of 80 ms, entry 0 being the given alignment: the mean over the
 * smoothings of its deviation from the shifts of half a second and more. Null where nothing can be compared.
 */
export function synchronyByShift(sound: Matrix, picture: Matrix): Float64Array | null {
  let total: Float64Array | null = null;
  for (const sigma of SMOOTHINGS) {
    const prepare = (matrix: Matrix): Matrix => everySecondRow(trimRows(smoothRows(matrix, sigma), TRIM));
    const agreement = agreementByShift(prepare(sound), prepare(picture));
    const others = agreement === null ? null : otherShifts(agreement);
    if (agreement === null || others === null) return null;
    const { mean, deviation } = spread(others);
    if (deviation === 0) return null;
    total ??= new Float64Array(agreement.length);
    for (const [at, value] of agreement.entries())
      total[at] = (total[at] ?? 0) + (value - mean) / deviation / SMOOTHINGS.length;
  }
  return total;
}

/** What `synchrony` takes, from growths and changes. */
export function logRows(matrix: Matrix): Matrix {
  return { ...matrix, values: matrix.values.map((value) => Math.log1p(value)) };
}

function otherShifts(values: Float64Array): Float64Array | null {
  const others = values.subarray(LEAST_SHIFT, Math.max(LEAST_SHIFT, values.length - LEAST_SHIFT + 1));
  return others.length < LEAST_SHIFTS ? null : others;
}

function spread(values: Float64Array): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, deviation: Math.sqrt(variance) };
}
