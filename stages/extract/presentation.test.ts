import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../../fixtures/ffmpeg.js';
import { COLOURS, CROP, H264, segmentColours } from '../../tests/colour-clip.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../tests/extract-into.js';
import type { MediaReader } from './media-reader.js';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(removeExtracted);

describe('extractStage: orientation and size of the picture', () => {
  /** The upper left of a display matrix (a b c d, ISO/IEC 14496-12, 8.3.2) and its effect on the picture. */
  const turns = [
    { name: 'a quarter clockwise', matrix: [0, 1, -1, 0], degrees: 90, width: 48, height: 64, corner: 'top right' },
    { name: 'upside down', matrix: [-1, 0, 0, -1], degrees: 180, width: 64, height: 48, corner: 'bottom right' },
    { name: 'a quarter back', matrix: [0, -1, 1, 0], degrees: 270, width: 48, height: 64, corner: 'bottom left' },
    { name: 'left to right', matrix: [-1, 0, 0, 1], degrees: 180, width: 64, height: 48, corner: 'top right' },
    { name: 'over its diagonal', matrix: [0, 1, 1, 0], degrees: 90, width: 48, height: 64, corner: 'top left' },
  ];
  // The upper left quarter of the stored picture is white.
  const marked = ['-f', 'lavfi', '-i', 'color=black:s=64x48:r=10:d=1,drawbox=w=32:h=24:color=white:t=fill'];

  async function whiteCorner(media: MediaReader): Promise<string> {
    const { width, height } = media.info.frames[0] ?? { width: 0, height: 0 };
    const pixels = await media.readFrames(media.info.frames[0]?.geometry ?? '', 0, 1);
    const at = (x: number, y: number): boolean =>
      (pixels[3 * (Math.floor(y * height) * width + Math.floor(x * width))] ?? 0) > 128;
    const corners = {
      'top left': at(0.25, 0.25),
      'top right': at(0.75, 0.25),
      'bottom left': at(0.25, 0.75),
      'bottom right': at(0.75, 0.75),
    };
    return Object.entries(corners)
      .flatMap(([name, white]) => (white ? [name] : []))
      .join(', ');
  }

  it('leaves an upright picture unchanged', async () => {
    const path = join(folder, 'upright.mp4');
    await ffmpeg(marked, [...H264, path]);
    const { media } = await extractInto(path, { geometries: [{ width: 100, height: 100, fit: 'inside' }] });
    expect(media.info.frames[0]).toMatchObject({ width: 64, height: 48 });
    expect(await whiteCorner(media)).toBe('top left');
    await media.close();
  });

  it.each(turns)(
    'turns a picture upright that is stored with the matrix: $name',
    async ({ matrix, degrees, width, height, corner }) => {
      const path = join(folder, `turned${matrix.join('')}.mp4`);
      await writeFile(path, withMatrix(await readFile(join(folder, 'upright.mp4')), matrix));
      const { media } = await extractInto(path, { geometries: [{ width: 100, height: 100, fit: 'inside' }] });
      expect(media.info.video).toMatchObject({ rotationDegrees: degrees, width, height });
      expect(await whiteCorner(media)).toBe(corner);
      await media.close();
    },
  );

  it('stretches non-square pixels to square ones', async () => {
    const path = join(folder, 'anamorphic.mp4');
    await ffmpeg(marked, [...H264, '-vf', 'setsar=2/1', path]);
    const { media } = await extractInto(path, { geometries: [{ width: 256, height: 256, fit: 'inside' }] });
    expect(media.info.video).toMatchObject({ width: 128, height: 48, sampleAspect: '2:1' });
    expect(media.info.frames[0]).toMatchObject({ width: 128, height: 48 });
    await media.close();
  });

  it('continues when the picture changes its size in mid-stream', async () => {
    const parts = ['64x48', '96x72'].map((size, i) => ({
      size,
      colour: COLOURS[i] ?? 'red',
      path: join(folder, `size${i}.ts`),
    }));
    const pieces: Buffer[] = [];
    for (const { size, colour, path } of parts) {
      const offset = ['-output_ts_offset', String(pieces.length * 2)];
      await ffmpeg(['-f', 'lavfi', '-i', `color=${colour}:s=${size}:r=10:d=2`], [...H264, ...offset, path]);
      pieces.push(await readFile(path));
    }
    const path = join(folder, 'sizes.ts');
    await writeFile(path, Buffer.concat(pieces));
    const { media } = await extractInto(path, { geometries: [CROP] });
    expect(media.info.video?.decodedFrames).toBe(40);
    expect((await segmentColours(media)).slice(0, 4)).toEqual(['red', 'red', 'lime', 'lime']);
    await media.close();
  });
});

/** The same file with another display matrix in its track header. */
function withMatrix(file: Buffer, [a = 1, b = 0, c = 0, d = 1]: readonly number[]): Buffer {
  const turned = Buffer.from(file);
  // Skips version and flags, five 32-bit fields, and 16 bytes of layer, volume and others.
  const at = turned.indexOf('tkhd') + 4 + 4 + 20 + 16;
  expect(turned.readInt32BE(at)).toBe(0x10000);
  for (const [value, place] of [
    [a, 0],
    [b, 4],
    [c, 12],
    [d, 16],
  ] as const)
    turned.writeInt32BE(value * 0x10000, at + place);
  return turned;
}
