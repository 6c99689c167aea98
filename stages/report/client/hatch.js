// @ts-check

/** @type {Map<string, CanvasPattern | string>} */
const patterns = new Map();

/**
 * A fill pattern for each modality, so that they differ without their colours: horizontal lines for heard, dots for seen,
 * slanted lines for both.
 * @param {CanvasRenderingContext2D} context
 * @param {0 | 1 | 2} modality
 * @param {string} colour
 */
export function hatch(context, modality, colour) {
  const key = `${modality} ${colour}`;
  const cached = patterns.get(key);
  if (cached) return cached;
  const tile = document.createElement('canvas');
  tile.width = tile.height = 6;
  const pen = tile.getContext('2d');
  if (!pen) return colour;
  pen.fillStyle = pen.strokeStyle = colour;
  pen.globalAlpha = 0.42;
  if (modality === 0) pen.fillRect(0, 2, 6, 1);
  if (modality === 1) pen.fillRect(2, 2, 1.6, 1.6);
  if (modality === 2) {
    pen.beginPath();
    for (const shift of [-6, 0, 6]) {
      pen.moveTo(shift, 6);
      pen.lineTo(shift + 6, 0);
    }
    pen.stroke();
  }
  const pattern = context.createPattern(tile, 'repeat') ?? colour;
  patterns.set(key, pattern);
  return pattern;
}
