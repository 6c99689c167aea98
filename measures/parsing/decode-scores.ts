import { LabelGrid } from './label-grid.js';
import type { VideoLabels } from './score-parsing.js';

/** classes × segments, row by row, probabilities from 0 to 1. */
export type ScoreRows = Float32Array | Float64Array;

export interface VideoScores {
  readonly audio: ScoreRows;
  readonly visual: ScoreRows;
  /** One probability per class for the video as a whole, for the gate `joint`. */
  readonly video: ScoreRows;
  /** One probability per class for each modality of the whole video, for the gate `modality`. */
  readonly videoAudio: ScoreRows;
  readonly videoVisual: ScoreRows;
}

/**
 * Which probability of the whole video must reach the threshold before a segment counts. `joint`: one for both modalities
 * (HAN, VALOR, LEAP); `modality`: each modality has its own (JoMoLD, LSLD); `none`: no gate. Published tables mix the
 * first two, so a figure must name its gate.
 */
export type Gate = 'joint' | 'modality' | 'none';

/** Turns probabilities into labels: a segment counts where it and its gate reach the threshold. */
export function decodeScores(
  scores: VideoScores,
  shape: { readonly classes: number; readonly segments: number },
  gate: Gate,
  threshold = 0.5,
): VideoLabels {
  const decode = (rows: ScoreRows, own: ScoreRows): LabelGrid => {
    const { classes, segments } = shape;
    const gates = gate === 'joint' ? scores.video : own;
    const cells = Uint8Array.from(rows, (score, at) => {
      const open = gate === 'none' || (gates[Math.floor(at / segments)] ?? 0) >= threshold;
      return open && score >= threshold ? 1 : 0;
    });
    return new LabelGrid(classes, segments, cells);
  };
  return { audio: decode(scores.audio, scores.videoAudio), visual: decode(scores.visual, scores.videoVisual) };
}
