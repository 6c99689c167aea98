import { EarsightError } from '../../core/errors.js';
import type { MediaReader } from '../extract/media-reader.js';
import { MOTION_COLUMNS, type MotionColumn } from '../extract/measure/motion-columns.js';

/** What was measured on one decoded frame; measure/motion-columns.ts tells units and signs. */
export type MotionFrame = Readonly<Record<MotionColumn, number>> & { readonly timeSec: number };

/**
 * The rows of `motion.f32` one by one, in order; nothing without a picture.
 * @throws EARSIGHT_STORE_CORRUPT when a column is missing
 */
export async function* motionFrames(media: MediaReader, signal: AbortSignal): AsyncGenerator<MotionFrame> {
  const columns = media.info.motion?.columns ?? [];
  if (media.info.motion && MOTION_COLUMNS.some((column) => !columns.includes(column)))
    throw new EarsightError('EARSIGHT_STORE_CORRUPT', { key: media.info.motion.file });
  const place = (column: MotionColumn): number => columns.indexOf(column);
  const at = {
    hue: place('hue'),
    saturation: place('saturation'),
    value: place('value'),
    luma: place('luma'),
    dx: place('dx'),
    dy: place('dy'),
    zoom: place('zoom'),
    roll: place('roll'),
    support: place('support'),
    residual: place('residual'),
  } satisfies Record<MotionColumn, number>;
  for await (const { rows, timesSec, values } of media.readMotion()) {
    signal.throwIfAborted();
    for (let row = 0; row < rows; row += 1) {
      const from = row * columns.length;
      const read = (column: MotionColumn): number => values[from + at[column]] ?? 0;
      yield {
        timeSec: timesSec[row] ?? 0,
        hue: read('hue'),
        saturation: read('saturation'),
        value: read('value'),
        luma: read('luma'),
        dx: read('dx'),
        dy: read('dy'),
        zoom: read('zoom'),
        roll: read('roll'),
        support: read('support'),
        residual: read('residual'),
      };
    }
  }
}
