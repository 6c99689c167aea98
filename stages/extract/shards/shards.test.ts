import { copyFile, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warningMessage } from '../../../core/warnings.js';
import { ffmpeg } from '../../../fixtures/ffmpeg.js';
import { extractInShards, type ShardedExtract } from '../../../tests/extract-in-shards.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../../tests/extract-into.js';

const GEOMETRIES = [
  { width: 32, height: 32, fit: 'crop', shortSide: 32 },
  { width: 40, height: 40, fit: 'letterbox' },
] as const;
const PARAMS = { geometries: [...GEOMETRIES], sampleRatesHz: [16_000] };

/** A moving, textured picture with a frame number in it, so that no two frames are alike. */
const picture = (rate: string, seconds: number): string[] => [
  '-f',
  'lavfi',
  '-i',
  `testsrc2=size=160x120:rate=${rate}:duration=${seconds}`,
];
const sound = (seconds: number): string[] => ['-f', 'lavfi', '-i', `sine=frequency=440:duration=${seconds}`];
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p'];

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(removeExtracted);

/** Extracts a file in one run and in shards, and compares every byte of both artefacts. */
async function compare(name: string, shardSec: number, params: object = {}): Promise<ShardedExtract> {
  const path = join(folder, name);
  const whole = await extractInto(path, { ...PARAMS, ...params });
  await whole.media.close();
  const sharded = await extractInShards(path, shardSec, { ...PARAMS, ...params });
  if (sharded.folder === null) return sharded;
  const names = (await readdir(whole.folder)).sort();
  expect((await readdir(sharded.folder)).sort()).toEqual(names);
  for (const file of names) {
    const [a, b] = await Promise.all([readFile(join(whole.folder, file)), readFile(join(sharded.folder, file))]);
    if (file === 'media.json') expect(b.toString()).toBe(a.toString());
    // The pixels that ffmpeg shows for damaged data depend on the order of its threads.
    if (name !== 'damaged.mp4') expect(b.equals(a), file).toBe(true);
    expect(a.length, file).toBeGreaterThan(0);
  }
  return sharded;
}

describe('extraction in shards gives the same bytes as in one run', () => {
  it('for H.264 with B-frames at 30000/1001 and AAC in MP4', async () => {
    await ffmpeg(
      [...picture('30000/1001', 11.5), ...sound(12)],
      [...H264, '-g', '20', '-bf', '3', '-c:a', 'aac', join(folder, 'film.mp4')],
    );
    const { cut, warnings } = await compare('film.mp4', 3);
    expect(cut).toMatchObject({ parts: 4, firstSegments: [0, 3, 6, 9], whole: null });
    expect(warnings).toEqual([]);
  });

  it('for segments at whose boundaries no frame begins', async () => {
    const { cut, warnings } = await compare('film.mp4', 4, { segment: { num: 7, den: 11 } });
    expect(cut.firstSegments).toHaveLength(3);
    expect(warnings).toEqual([]);
  });

  it('for a variable frame rate in Matroska with sound that starts late', async () => {
    await ffmpeg(
      [...picture('20', 12), '-itsoffset', '0.7', ...sound(8)],
      [
        ...['-vf', "select='not(mod(n,5))+lt(mod(n,40),13)'", '-fps_mode', 'vfr'],
        ...[...H264, '-g', '12', '-c:a', 'libopus', join(folder, 'vfr.mkv')],
      ],
    );
    const { cut, warnings } = await compare('vfr.mkv', 4);
    expect(cut.firstSegments).toEqual([0, 4, 7]);
    expect(warnings).toEqual([]);
  });

  it('for VP9 in WebM that does not start at 0, without sound', async () => {
    await ffmpeg(picture('25', 9), ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8', '-g', '25', join(folder, 'plain.webm')]); // prettier-ignore
    await ffmpeg(['-ss', '0', '-i', join(folder, 'plain.webm')], ['-c', 'copy', '-output_ts_offset', '7.3', join(folder, 'late.webm')]); // prettier-ignore
    const { cut, warnings } = await compare('late.webm', 3);
    expect(cut.firstSegments).toEqual([0, 3, 6]);
    expect(warnings).toEqual([]);
  });

  it('for a rotated picture that is two seconds shorter than the sound', async () => {
    await ffmpeg([...picture('25', 9), ...sound(11)], [...H264, '-g', '10', '-c:a', 'aac', join(folder, 'lying.mp4')]);
    await ffmpeg(['-display_rotation', '90', '-i', join(folder, 'lying.mp4')], ['-c', 'copy', join(folder, 'turned.mp4')]).catch(() => ffmpeg(['-i', join(folder, 'lying.mp4')], ['-c', 'copy', '-metadata:s:v', 'rotate=90', join(folder, 'turned.mp4')])); // prettier-ignore
    const { cut, warnings } = await compare('turned.mp4', 4);
    expect(cut.firstSegments).toEqual([0, 4, 7]);
    expect(warnings.map(warningMessage)).toEqual(['the picture ends at 9.00 s: its last frame holds to the end']);
  });
});

describe('cutStage keeps a picture whole and warns why', () => {
  it.each([
    ['an open group of pictures', 'open.mp4', ['-x264-params', 'open-gop=1', '-g', '15', '-bf', '2'], 'an open group of pictures'], // prettier-ignore
    ['one key frame', 'one-key.mp4', ['-g', '1000'], 'no index, or no key frame'],
    ['a stream without an index', 'stream.ts', ['-g', '10'], 'mpegts has no index'],
    ['another codec', 'theora.mkv', ['-c:v', 'mpeg2video', '-g', '10'], 'mpeg2video may look back'],
  ])('for %s', async (_, name, options, reason) => {
    await ffmpeg(picture('25', 9), [...H264, ...options, join(folder, name)]);
    const { cut, folder: made, warnings } = await extractInShards(join(folder, name), 3, PARAMS);
    expect(made).toBeNull();
    expect(cut.parts).toBe(3);
    expect(cut.whole).toContain(reason);
    expect(warnings.map(warningMessage)).toEqual([`the picture is decoded in one go: ${cut.whole}`]);
  });

  it('for a short video, without a warning', async () => {
    const { cut, warnings } = await extractInShards(join(folder, 'film.mp4'), 600, PARAMS);
    expect(cut).toEqual({ schema: 1, parts: 1, firstSegments: [], whole: null });
    expect(warnings).toEqual([]);
  });
});

describe('joinExtractStage finds parts that do not fit', () => {
  it('decodes a file with a damaged stretch again in one run, with the same result', async () => {
    const bytes = await readFile(join(folder, 'film.mp4'));
    const middle = Math.floor(bytes.length / 2);
    await writeFile(join(folder, 'damaged.mp4'), bytes.fill(0, middle, middle + 2000));
    const { warnings } = await compare('damaged.mp4', 6);
    expect(warnings.map(warningMessage)[0]).toMatch(
      /^the picture was decoded again in one go: (part \d of 2: the decoder|the sound is) /,
    );
  });

  it('decodes the file again in one run when a part is a copy of another', async () => {
    const { warnings, folder: made } = await extractInShards(join(folder, 'film.mp4'), 6, PARAMS, async (parts) => {
      const [first = '', second = ''] = parts.map((part) => join(part, 'picture.json'));
      await copyFile(first, second);
    });
    expect(warnings.map(warningMessage)).toEqual([
      'the picture was decoded again in one go: part 2 of 2 begins at segment 0, not 6',
    ]);
    expect(await readdir(made ?? '')).toContain('media.json');
  });
});
