import { columns, normalised, perHead, timesMatrix, type Rows } from './row-arithmetic.js';
import { positionReference } from './axis-positions.js';
import type { ReferenceLayer } from '../reference-layer.js';
import { featureFixationReference, shiftNeighbours } from './feature-fixation.js';

/** Steps 1 to 4 of methods.md B.10 on one axis, MD-TPE in the first layer. */
export const featureFixationLayerReference: ReferenceLayer = (x, place) => {
  const { width, heads, length, layer, weights } = place;
  const d = width / heads;
  const features = layer === 0 ? positionReference(x, place, place.axes ?? [length]) : x;
  const through = (name: string): Rows => timesMatrix(features, weights(`${name}/weight`), width);
  const [q, k, v] = [through('query'), through('key'), through('value')];
  const mixed = perHead(heads, length, (head) => {
    const own = (rows: Rows): Rows => columns(rows, width, head * d, (head + 1) * d);
    return featureFixationReference(
      { q: own(q), k: shiftNeighbours(own(k), length, d), v: shiftNeighbours(own(v), length, d) },
      { length, keyWidth: d, valueWidth: d },
      { query: weights('fix-query'), key: weights('fix-key') },
    );
  });
  return timesMatrix(normalised(mixed, width), weights('out/weight'), width);
};
