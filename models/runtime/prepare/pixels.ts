import type { FramePreparation } from '../model-spec.js';

/** For each plane of the network, in its order: which byte of an rgb24 pixel, and the value of each of its 256 levels. */
export type PixelTables = readonly { readonly offset: number; readonly levels: Float32Array }[];

export function pixelTables({ colour, divide, mean, std }: FramePreparation): PixelTables {
  const offsets = colour === 'rgb' ? [0, 1, 2] : [2, 1, 0];
  return offsets.map((offset, plane) => ({
    offset,
    levels: Float32Array.from({ length: 256 }, (_, level) => (level / divide - (mean[plane] ?? 0)) / (std[plane] ?? 1)),
  }));
}

/** One rgb24 frame that begins at byte `from` as three planes, written to the same place of `planes`. */
export function planesFromFrame(
  bytes: Uint8Array,
  from: number,
  pixels: number,
  tables: PixelTables,
  planes: Float32Array,
): void {
  let to = from;
  for (const { offset, levels } of tables) {
    let at = from + offset;
    for (let pixel = 0; pixel < pixels; pixel++, at += 3) planes[to++] = levels[bytes[at] ?? 0] ?? 0;
  }
}
