/** A box that a detector proposes, in pixels of its input. */
export interface Candidate {
  readonly label: number;
  readonly score: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Number of values per box: class, score, x, y, width, height. */
export const BOX_NUMBERS = 6;

/**
 * Greedy non-maximum suppression within each class: a box is dropped if it overlaps a better one by more than `maxOverlap`.
 * The boxes are written to `rows` [maxBoxes, 6], the best first; unused rows have score 0.
 */
export function writeSuppressed(
  found: Candidate[],
  { maxOverlap, maxBoxes }: { readonly maxOverlap: number; readonly maxBoxes: number },
  rows: Float32Array,
): void {
  const kept: Candidate[] = [];
  // A box with NaN or infinity cannot be sorted among the others. It is returned alone, for the caller to refuse.
  const broken = found.find((box) => !Number.isFinite(box.score + box.x + box.y + box.width + box.height));
  for (const candidate of broken ? [broken] : found.sort((a, b) => b.score - a.score)) {
    if (kept.length === maxBoxes) break;
    if (!kept.some((box) => box.label === candidate.label && overlap(box, candidate) > maxOverlap))
      kept.push(candidate);
  }
  rows.fill(0);
  kept.forEach(({ label, score, x, y, width, height }, row) =>
    rows.set([label, score, x, y, width, height], row * BOX_NUMBERS),
  );
}

/** Intersection over union. */
export function overlap(
  a: Pick<Candidate, 'x' | 'y' | 'width' | 'height'>,
  b: Pick<Candidate, 'x' | 'y' | 'width' | 'height'>,
): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (width <= 0 || height <= 0) return 0;
  const shared = width * height;
  return shared / (a.width * a.height + b.width * b.height - shared);
}
