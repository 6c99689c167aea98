import type { PipeConsumer } from '../ffmpeg/process.js';
import type { FrameMeter } from '../frame-meter.js';
import type { NumberFile } from '../decode/float-file-writer.js';
import type { Size } from './picture-geometry.js';

/**
 * Feeds the small rgb24 stream to a meter, one frame buffer for the whole video, and writes its rows. Its pace is the
 * meter's: while a frame is measured nothing is read, and ffmpeg waits.
 */
export class FrameMeasurement {
  /** Whole frames measured. */
  rows = 0;
  private readonly frame: Uint8Array;
  private readonly row: Float32Array;
  private filled = 0;

  constructor(
    private readonly meter: FrameMeter,
    private readonly size: Size,
    private readonly file: NumberFile<Float32Array>,
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
