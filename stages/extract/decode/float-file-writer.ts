import { open, type FileHandle } from 'node:fs/promises';

const BUFFER_BYTES = 64 * 1024;

/** Appends rows of numbers to a file through one buffer. Awaiting `append` gives back-pressure while the disk writes. */
export class FloatFileWriter<Row extends Float32Array | Float64Array> {
  private used = 0;

  private constructor(
    private readonly file: FileHandle,
    private readonly buffer: Row,
  ) {}

  static async float32(path: string): Promise<FloatFileWriter<Float32Array>> {
    return new FloatFileWriter(await open(path, 'w'), new Float32Array(BUFFER_BYTES / Float32Array.BYTES_PER_ELEMENT));
  }

  static async float64(path: string): Promise<FloatFileWriter<Float64Array>> {
    return new FloatFileWriter(await open(path, 'w'), new Float64Array(BUFFER_BYTES / Float64Array.BYTES_PER_ELEMENT));
  }

  /** Copies the numbers before it returns; resolves when there is room for more. */
  async append(row: Row): Promise<void> {
    if (this.used + row.length > this.buffer.length) await this.flush();
    this.buffer.set(row, this.used);
    this.used += row.length;
  }

  async close(): Promise<void> {
    try {
      await this.flush();
    } finally {
      await this.file.close();
    }
  }

  private async flush(): Promise<void> {
    const bytes = new Uint8Array(this.buffer.buffer, this.buffer.byteOffset, this.used * this.buffer.BYTES_PER_ELEMENT);
    this.used = 0;
    await this.file.writeFile(bytes);
  }
}
