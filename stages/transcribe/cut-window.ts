/** Levels are measured over pieces of this length. */
const PIECE_SEC = 0.1;
/** A pause is sought within the last part of a window: an earlier cut costs more windows. */
const EARLIEST_CUT = 0.5;
/** A cut lies in the middle of the quietest stretch of this many pieces. */
const PAUSE_PIECES = 3;
/** A later pause is preferred unless an earlier one is quieter by more than this over half a window. */
const LATER_DB = 3;
/** Digital silence and the noise of a converter: nobody speaks below. */
const INAUDIBLE_DBFS = -70;

/** Levels of 100 ms pieces, in dB of full scale. */
function levels(samples: Float32Array, rateHz: number): number[] {
  const size = Math.round(PIECE_SEC * rateHz);
  return Array.from({ length: Math.floor(samples.length / size) }, (_, piece) => {
    let sum = 0;
    for (let index = piece * size; index < (piece + 1) * size; index++) sum += (samples[index] ?? 0) ** 2;
    return 10 * Math.log10(sum / size + 1e-12);
  });
}

/**
 * Where to end a window that speech goes beyond: in the middle of the quietest pause of its second half.
 * @returns number of samples of the window
 */
export function cutAtPause(samples: Float32Array, rateHz: number): number {
  const pieces = levels(samples, rateHz);
  const earliest = Math.floor(pieces.length * EARLIEST_CUT);
  let best = { at: pieces.length, level: Infinity };
  for (let at = earliest; at + PAUSE_PIECES <= pieces.length; at++) {
    const stretch = pieces.slice(at, at + PAUSE_PIECES);
    const mean = stretch.reduce((sum, level) => sum + level, 0) / PAUSE_PIECES;
    const level = mean + (LATER_DB * (pieces.length - at)) / (pieces.length - earliest);
    if (level < best.level) best = { at: at + PAUSE_PIECES / 2, level };
  }
  return Math.min(samples.length, Math.round(best.at * PIECE_SEC * rateHz));
}

/** Silence that is kept before the first sound: networks mishear a word that begins with the window. */
const LEAD_PIECES = 3;

/**
 * Where sound begins, less a short lead; the length of the samples where there is none. Long digital silence before speech
 * makes a transcriber mishear its first words.
 */
export function soundFrom(samples: Float32Array, rateHz: number): number {
  const pieces = levels(samples, rateHz);
  if (pieces.length === 0) return samples.some((sample) => sample !== 0) ? 0 : samples.length;
  const first = pieces.findIndex((level) => level > INAUDIBLE_DBFS);
  return first < 0 ? samples.length : Math.round(Math.max(0, first - LEAD_PIECES) * PIECE_SEC * rateHz);
}

export function audible(samples: Float32Array, rateHz: number): boolean {
  return soundFrom(samples, rateHz) < samples.length;
}
