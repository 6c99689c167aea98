import type { DetectedFace } from './encoder.js';

/** The output of the network at one stride: [anchors, side / stride, side / stride] logits, and 16 numbers for each. */
export interface BlazefaceMap {
  readonly stride: number;
  readonly scores: Float32Array;
  readonly boxes: Float32Array;
}

/** Numbers per anchor: centre, width and height of the box, then six points of the face, which are not used. */
const NUMBERS = 16;

/**
 * Decodes the maps of BlazeFace to boxes in pixels of its input (Bazarevsky et al., arXiv 1907.05047). A cell has several
 * anchors, all at its centre and without a size of their own, so a box is the network's numbers relative to the centre of
 * the cell. Overlapping boxes are not joined here.
 */
export function decodeBlazeface(maps: readonly BlazefaceMap[], side: number, presentFrom: number): DetectedFace[] {
  const found: DetectedFace[] = [];
  const least = Math.log(presentFrom / (1 - presentFrom));
  for (const { stride, scores, boxes } of maps) {
    const cells = side / stride;
    const places = cells * cells;
    for (let at = 0; at < scores.length; at++) {
      const logit = scores[at] ?? -Infinity;
      if (!(logit >= least)) continue;
      const [anchor, place] = [Math.floor(at / places), at % places];
      const number = (index: number): number => boxes[(anchor * NUMBERS + index) * places + place] ?? 0;
      const [width, height] = [number(2), number(3)];
      found.push({
        confidence: 1 / (1 + Math.exp(-logit)),
        x: number(0) + ((place % cells) + 0.5) * stride - width / 2,
        y: number(1) + (Math.floor(place / cells) + 0.5) * stride - height / 2,
        width,
        height,
      });
    }
  }
  return found;
}
