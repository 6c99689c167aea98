import type { Finish } from '../model-spec.js';
import { writeSuppressed, type Candidate } from './suppress.js';

type CenternetFinish = Extract<Finish, { kind: 'centernet' }>;

/**
 * Decodes the maps of CenterNet to boxes (Zhou et al., Objects as Points, arXiv 1904.07850). `maps`: [classes + 4, height,
 * width]: one heat map per class, between 0 and 1, then the distances in pixels from a cell to the left, upper, right and
 * lower side of its box. A centre is a cell that none of its eight neighbours exceeds; large objects have several centres,
 * which suppression joins. `boxes`: [maxBoxes, 6] of class, score, x, y, width, height in pixels of the network's input.
 */
export function decodeCenternet(maps: Float32Array, width: number, finish: CenternetFinish, boxes: Float32Array): void {
  const { classes, stride, minScore } = finish;
  const places = maps.length / (classes + 4);
  const found: Candidate[] = [];
  for (let label = 0; label < classes; label++) {
    const heat = maps.subarray(label * places, (label + 1) * places);
    for (let place = 0; place < places; place++) {
      const score = heat[place] ?? 0;
      // Not `>=`, which is false for NaN: a network that answers NaN must not look like one that found nothing.
      if (!(score < minScore) && isPeak(heat, place, score, width))
        found.push(boxAt(maps, classes, place, label, score));
    }
  }
  writeSuppressed(found, finish, boxes);

  function boxAt(all: Float32Array, first: number, place: number, label: number, score: number): Candidate {
    const distance = (map: number): number => all[(first + map) * places + place] ?? 0;
    const x = (place % width) * stride - distance(0);
    const y = Math.floor(place / width) * stride - distance(1);
    const right = (place % width) * stride + distance(2);
    const bottom = Math.floor(place / width) * stride + distance(3);
    return { label, score, x, y, width: right - x, height: bottom - y };
  }
}

function isPeak(heat: Float32Array, place: number, score: number, width: number): boolean {
  const column = place % width;
  const row = Math.floor(place / width);
  const lastRow = heat.length / width - 1;
  for (let y = Math.max(row - 1, 0); y <= Math.min(row + 1, lastRow); y++)
    for (let x = Math.max(column - 1, 0); x <= Math.min(column + 1, width - 1); x++)
      if ((heat[y * width + x] ?? 0) > score) return false;
  return true;
}
