import { meanOf } from '../bootstrap.js';
import { cosine, rowOf, type Matrix } from './cosine.js';

/**
 * CLIPSIM: mean cosine of the frames of a video with its text, -1 to 1, higher is better (Wu et al., 2021). Depends on
 * the encoder; CLIP ViT-B/32 gives about 0.2 to 0.35. Null without frames.
 */
export function clipSim(frames: Matrix, text: ArrayLike<number>): number | null {
  return meanCosine(frames, text);
}

/** CLAP score: cosine of the whole sound with its text, -1 to 1, higher is better. */
export function clapScore(sound: ArrayLike<number>, text: ArrayLike<number>): number {
  return cosine(sound, text);
}

/**
 * AVHScore: mean cosine of the frames with the whole sound in one space of pictures and sounds, -1 to 1, higher is better
 * (TAVGBench; JavisVerse/JavisDiT, eval/javisbench). The published numbers come from ImageBind-huge and are raw cosines.
 */
export function avhScore(frames: Matrix, sound: ArrayLike<number>): number | null {
  return meanCosine(frames, sound);
}

/** Share of the frames of a window that JavisScore looks at: those that fit the sound least. */
const LOWEST_SHARE = 0.4;

/**
 * JavisScore: for each window of 0.5 s the mean of the lowest 40 % of the cosines of its frames with its sound, then the
 * mean over windows; -1 to 1, higher is better (JavisVerse/JavisDiT). A window of one or two frames counts its lowest one,
 * for which the published code divides by zero. Null without windows.
 * @param windows frames of each window, and the vector of its sound
 */
export function javisScore(
  windows: readonly { readonly frames: Matrix; readonly sound: ArrayLike<number> }[],
): number | null {
  const scores = windows.flatMap(({ frames, sound }) => {
    const values = Array.from({ length: frames.rows }, (_, row) => cosine(rowOf(frames, row), sound)).sort(
      (a, b) => a - b,
    );
    return values.length === 0 ? [] : [meanOf(values.slice(0, Math.max(1, Math.floor(LOWEST_SHARE * values.length))))];
  });
  return scores.length === 0 ? null : meanOf(scores);
}

/**
 * A bridge for encoders that share no space but each share one with texts (CLIP and CLAP): the correlation, over one list
 * of texts, of how well each text fits the picture and the sound. -1 to 1, higher is better, about 0 for unrelated pairs.
 * It is not AVHScore and its numbers are not comparable with it. Null where one of the two fits all texts alike.
 * @param pictureTexts cosines of the picture with the texts; `soundTexts` of the sound with the same texts
 */
export function textBridge(pictureTexts: ArrayLike<number>, soundTexts: ArrayLike<number>): number | null {
  if (pictureTexts.length !== soundTexts.length)
    throw new RangeError(`${pictureTexts.length} and ${soundTexts.length} texts`);
  const a = centred(pictureTexts);
  const b = centred(soundTexts);
  const lengths = Math.hypot(...a) * Math.hypot(...b);
  return lengths < 1e-12 ? null : a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0) / lengths;
}

/**
 * DeSync: mean absolute offset in seconds that a Synchformer-like network predicts for the first and the last 14 segments;
 * 0 to 2, lower is better (as in MMAudio's av-benchmark).
 * @param logits one vector of 21 classes for each of the two stretches, from -2 to 2 s in steps of 0.2 s
 */
export function deSync(logits: readonly ArrayLike<number>[], limitSec = 2): number | null {
  const offsets = logits.map((values) => {
    let best = 0;
    for (let at = 1; at < values.length; at += 1) if ((values[at] ?? 0) > (values[best] ?? 0)) best = at;
    return Math.abs((2 * limitSec * best) / (values.length - 1) - limitSec);
  });
  return offsets.length === 0 ? null : meanOf(offsets);
}

function meanCosine(frames: Matrix, other: ArrayLike<number>): number | null {
  return frames.rows === 0
    ? null
    : meanOf(Array.from({ length: frames.rows }, (_, row) => cosine(rowOf(frames, row), other)));
}

function centred(values: ArrayLike<number>): number[] {
  const mean = meanOf(values);
  return Array.from(values, (value) => value - mean);
}
