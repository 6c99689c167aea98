// @ts-check
import { fitCanvas, theme } from './canvas.js';

/** A row's small time line: three lines, heard, seen, both. @param {HTMLCanvasElement} canvas */
export function drawStrip(canvas) {
  const strip = canvas.dataset['strip'] ?? '';
  const { context, width, height } = fitCanvas(canvas);
  const colours = theme(canvas);
  const line = height / 3;
  const column = width / strip.length;
  [colours.audio, colours.visual, colours.both].forEach((colour, modality) => {
    context.fillStyle = colours.track;
    context.fillRect(0, modality * line + 1, width, line - 2);
    context.fillStyle = colour;
    for (let at = 0; at < strip.length; at++)
      if (Number(strip[at]) & (1 << modality))
        context.fillRect(at * column, modality * line + 1, column + 0.5, line - 2);
  });
}
