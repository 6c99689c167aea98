import { open, type FileHandle } from 'node:fs/promises';

const COPY_SAMPLES = 1 << 19;
/** Leaves room for the rounding of every sample. */
const LARGEST = 32_766;

/**
 * Multiplies files of 16-bit samples, the average of `channels` channels, so that they become the sum of the channels, or as
 * loud as fits. Where one of 64 microphones hears something, the average would be 36 dB too quiet. All files get the same gain.
 */
export async function raiseToSum(paths: readonly string[], channels: number): Promise<void> {
  const files = await Promise.all(paths.map((path) => open(path, 'r+')));
  try {
    let peak = 0;
    for (const file of files)
      await eachChunk(file, (samples) => {
        for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
      });
    const gain = Math.min(channels, LARGEST / Math.max(1, peak));
    if (gain <= 1) return;
    for (const file of files)
      await eachChunk(file, async (samples, position) => {
        samples.forEach((sample, i) => (samples[i] = Math.round(sample * gain)));
        await file.write(
          new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength),
          0,
          undefined,
          position,
        );
      });
  } finally {
    await Promise.all(files.map((file) => file.close()));
  }
}

async function eachChunk(
  file: FileHandle,
  visit: (samples: Int16Array, position: number) => void | Promise<void>,
): Promise<void> {
  const buffer = new Int16Array(COPY_SAMPLES);
  for (let position = 0; ;) {
    const { bytesRead } = await file.read(new Uint8Array(buffer.buffer), 0, buffer.byteLength, position);
    if (bytesRead === 0) return;
    await visit(buffer.subarray(0, bytesRead >> 1), position);
    position += bytesRead;
  }
}
