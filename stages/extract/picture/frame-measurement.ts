import type { PipeConsumer } from '../ffmpeg/process.js';
import type { FrameMeter } from '../measure/frame-meter.js';
import type { FloatFileWriter } from '../decode/float-file-writer.js';
import type { Size } from './picture-geometry.js';

/**
 * Reads the small rgb24 stream frame by frame, has each frame measured, and writes the rows. One frame buffer serves the
 * whole video. While a frame is measured nothing is read, so ffmpeg waits.
 */
export class FrameMeasurement {
  /** Whole frames measured so far. */
  rows = 0;
  private readonly frame: Uint8Array;
  private readonly row: Float32Array;
  private filled = 0;

  constructor(
    private readonly meter: FrameMeter,
    private readonly size: Size,
    private readonly file: FloatFileWriter<Float32Array>,
  ) {
    this.frame = new Uint8Array(size.width * size.height * 3);
    this.row = new Float32Array(meter.columns.length);
  }

  readonly consume: PipeConsumer = async (chunks) => {
    for await (const chunk of chunks) {
      for (let from = 0; from < chunk.length;) {
        const part = chunk.subarray(from, from + this.frame.length - this.filled);
        this.frame.set(part, this.filled);
        this.filled += part.length;
        from += part.length;
        if (this.filled === this.frame.length) await this.measure();
      }
    }
  };

  private async measure(): Promise<void> {
    this.filled = 0;
    this.meter.measure(this.frame, this.size.width, this.size.height, this.row);
    this.rows += 1;
    await this.file.append(this.row);
  }
}
