// @ts-check

/**
 * Resizes the pixels of a canvas to its size on the screen, clears it, and returns a context in CSS pixels.
 * @param {HTMLCanvasElement} canvas
 */
export function fitCanvas(canvas) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const density = Math.min(2, globalThis.devicePixelRatio || 1);
  const pixelWidth = Math.round(width * density);
  const pixelHeight = Math.round(height * density);
  if (canvas.width !== pixelWidth || canvas.height !== pixelHeight) {
    canvas.width = pixelWidth;
    canvas.height = pixelHeight;
  }
  const context = canvas.getContext('2d');
  if (!context) throw new Error('no 2d context');
  context.setTransform(density, 0, 0, density, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** @typedef {ReturnType<typeof theme>} Theme */

/** The current colours of the style sheet, light or dark. @param {Element} node */
export function theme(node) {
  const style = getComputedStyle(node);
  const colour = (/** @type {string} */ name) => style.getPropertyValue(`--${name}`).trim();
  return {
    ink: colour('ink'),
    muted: colour('muted'),
    line: colour('line'),
    track: colour('track'),
    paper: colour('paper'),
    card: colour('card'),
    accent: colour('accent'),
    audio: colour('audio'),
    visual: colour('visual'),
    both: colour('both'),
    wave: colour('wave'),
  };
}
