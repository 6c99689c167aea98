import { CHANGE_COLUMNS, CellChange } from './cell-change.js';
import { GlobalMotionEstimator, type GlobalMotion } from './global-motion.js';
import { HsvDifference, type ColourChange } from './hsv-difference.js';
import { MOTION_COLUMNS } from './motion-columns.js';

/**
 * Turns the small rgb24 stream into one row of numbers per frame while ffmpeg decodes, so that the stream is neither stored
 * nor decoded a second time. A meter remembers the previous frame, so each video needs its own.
 */
export interface FrameMeter {
  /** Names of the numbers of a row, in order. */
  readonly columns: readonly string[];
  /**
   * @param rgb height × width × 3 uint8, read before the call returns and not kept
   * @param row receives `columns.length` numbers
   * @throws RangeError when the frame has not height × width × 3 bytes, or `row` is too short
   */
  measure(rgb: Uint8Array, width: number, height: number, row: Float32Array): void;
}

/** Creates the meter of one video. Give it every decoded frame in order; it allocates only when the picture size changes. */
export function createFrameMeter(): FrameMeter {
  return new MotionMeter();
}

class MotionMeter implements FrameMeter {
  readonly columns = [...MOTION_COLUMNS, ...CHANGE_COLUMNS];
  private readonly change: ColourChange = { hue: 0, saturation: 0, value: 0, luma: 0 };
  private readonly motion: GlobalMotion = { dx: 0, dy: 0, zoom: 0, roll: 0, support: 0, residual: 0 };
  private picture: {
    width: number;
    height: number;
    colour: HsvDifference;
    motion: GlobalMotionEstimator;
    cells: CellChange;
  } | null = null;

  measure(rgb: Uint8Array, width: number, height: number, row: Float32Array): void {
    if (rgb.length !== width * height * 3)
      throw new RangeError(`${rgb.length} bytes are not ${width} × ${height} rgb24`);
    if (row.length < this.columns.length) throw new RangeError(`a row holds ${this.columns.length} numbers`);
    if (this.picture?.width !== width || this.picture.height !== height)
      this.picture = {
        width,
        height,
        colour: new HsvDifference(width * height),
        motion: new GlobalMotionEstimator(width, height),
        cells: new CellChange(width, height),
      };
    const { change, motion, picture } = this;
    picture.colour.measure(rgb, change);
    picture.motion.update(picture.colour.luma, motion);
    picture.cells.update(picture.colour.luma, row, MOTION_COLUMNS.length);
    // In the order of MOTION_COLUMNS.
    row[0] = change.hue;
    row[1] = change.saturation;
    row[2] = change.value;
    row[3] = change.luma;
    row[4] = motion.dx;
    row[5] = motion.dy;
    row[6] = motion.zoom;
    row[7] = motion.roll;
    row[8] = motion.support;
    row[9] = motion.residual;
  }
}
