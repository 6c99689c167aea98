import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { warningMessage } from '../../core/warnings.js';
import { ffmpeg } from '../../fixtures/ffmpeg.js';
import { beeps, COLOURS, colours, CROP, H264, joined, onsets, RATE, segmentColours } from '../../tests/colour-clip.js';
import { extractInto, removeExtracted, temporaryFolder } from '../../tests/extract-into.js';
import type { MotionRows } from './media-reader.js';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(removeExtracted);

describe('extractStage: an ordinary video', () => {
  it('stores the frame in the middle of each segment, sound at both rates, motion of every frame, and loudness', async () => {
    const path = join(folder, 'plain.mp4');
    const sound = beeps([0.5, 2.25], 4);
    await ffmpeg([...colours(4), ...sound, '-filter_complex', joined(4)], [...H264, '-c:a', 'aac', '-shortest', path]);
    const {
      media,
      progress,
      folder: artefact,
    } = await extractInto(path, {
      geometries: [CROP, { width: 40, height: 40, fit: 'letterbox' }],
      sampleRatesHz: [RATE, 48_000],
    });
    const { info } = media;
    expect(info.video).toMatchObject({
      codec: 'h264',
      width: 64,
      height: 48,
      decodedFrames: 40,
      startSec: 0,
      endSec: 4,
    });
    expect(info.video?.variableFrameRate).toBe(false);
    expect(info.frameTimesSec.slice(0, 4)).toEqual([0.5, 1.5, 2.5, 3.5]);
    expect((await segmentColours(media)).slice(0, 4)).toEqual(['red', 'lime', 'blue', 'yellow']);

    const letterbox = await media.readFrames('letterbox-40x40', 1, 1);
    expect(letterbox).toHaveLength(40 * 40 * 3);
    expect([...letterbox.subarray(-3)]).toEqual([114, 114, 114]);

    for (const rate of [RATE, 48_000])
      expect(await onsets(media, rate)).toEqual([expect.closeTo(0.5, 2), expect.closeTo(2.25, 2)]);
    expect(info.audio).toMatchObject({ codec: 'aac', channels: 1, tracks: 1 });
    expect(info.audio?.truePeakDbtp).toBeCloseTo(-6, 0);

    const motion: MotionRows[] = [];
    for await (const chunk of media.readMotion()) motion.push(chunk);
    expect(motion).toHaveLength(1);
    expect([...(motion[0]?.timesSec ?? [])]).toEqual(Array.from({ length: 40 }, (_, i) => i / 10));
    const value = info.motion?.columns.indexOf('luma') ?? -1;
    const luma = (row: number): number => motion[0]?.values[row * (info.motion?.columns.length ?? 0) + value] ?? NaN;
    expect(luma(15)).toBeGreaterThan(luma(5) + 50); // lime is brighter than red

    const readings = [];
    for await (const reading of media.loudness()) readings.push(reading);
    expect(readings.length).toBe(info.loudness?.rows);
    expect(readings[5]?.momentary).toBeGreaterThan(-30);
    // Between the beeps there is digital silence, or the little that the encoder adds.
    expect(readings[15]?.momentary ?? -Infinity).toBeLessThan(-45);

    expect(progress.at(-1)).toBe(1);
    expect((await readdir(artefact)).sort()).toEqual([
      'frames-crop-32x32-32.rgb',
      'frames-letterbox-40x40.rgb',
      'loudness.jsonl',
      'media.json',
      'motion-times.f64',
      'motion.f32',
      'wave-16000.s16',
      'wave-48000.s16',
    ]);
    await media.close();
  });

  it('keeps frame times with segments of another length', async () => {
    const path = join(folder, 'plain.mp4');
    const { media } = await extractInto(path, { geometries: [CROP], segment: { num: 24, den: 25 } });
    expect(media.info.segmentSec).toBe(0.96);
    // Middles at 0.48, 1.44, 2.40, 3.36: the frames that began before them.
    expect(media.info.frameTimesSec.slice(0, 4)).toEqual([0.4, 1.4, 2.4, 3.3]);
    await media.close();
  });

  it('decodes only key frames when that is requested', async () => {
    const path = join(folder, 'plain.mp4');
    const { media } = await extractInto(path, { geometries: [CROP], frameMode: 'keyframes' });
    expect(media.info.frameMode).toBe('keyframes');
    expect(media.info.video?.decodedFrames).toBe(4);
    expect(media.info.video?.endSec).toBe(4);
    expect(media.info.frameTimesSec).toEqual([0, 1, 2, 3]);
    expect((await segmentColours(media)).slice(0, 4)).toEqual(['red', 'lime', 'blue', 'yellow']);
    await media.close();
  });
});

describe('extractStage: the timeline', () => {
  it('stores a frame once, however many segments show it, and measures the duration itself', async () => {
    const list = join(folder, 'slides.txt');
    for (const colour of ['red', 'blue'])
      await ffmpeg(['-f', 'lavfi', '-i', `color=${colour}:s=64x48`], ['-frames:v', '1', join(folder, `${colour}.png`)]);
    await writeFile(list, 'file red.png\nduration 2.3\nfile blue.png\nduration 1.4\nfile red.png\n');
    const path = join(folder, 'slides.mkv');
    await ffmpeg(['-f', 'concat', '-i', list], ['-fps_mode', 'passthrough', ...H264, path]);
    const { media } = await extractInto(path, { geometries: [CROP] });
    expect(media.info.video?.variableFrameRate).toBe(true);
    // The slides were encoded at ticks of 1/25 s.
    expect(media.info.frameTimesSec).toEqual([0, 2.32]);
    expect(media.info.segmentFrame).toEqual([0, 0, 1, 1]);
    expect(await segmentColours(media)).toEqual(['red', 'red', 'blue', 'blue']);
    expect(await media.readFrames(CROP, 0, 2)).toHaveLength(2 * 32 * 32 * 3);
    await media.close();
  });

  it('holds the last frame while the sound continues, with a warning', async () => {
    const path = join(folder, 'long-sound.mp4');
    await ffmpeg([...colours(2), ...beeps([4.5], 5), '-filter_complex', joined(2)], [...H264, '-c:a', 'aac', path]);
    const { media, warnings } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.durationSec).toBeCloseTo(5, 1);
    expect(media.info.video?.endSec).toBe(2);
    expect((await segmentColours(media)).slice(0, 5)).toEqual(['red', 'lime', 'lime', 'lime', 'lime']);
    expect(await onsets(media)).toEqual([expect.closeTo(4.5, 2)]);
    expect(warnings.map(warningMessage)).toEqual(['the picture ends at 2.00 s: its last frame holds to the end']);
    expect(media.info.warnings).toEqual(warnings);
    await media.close();
  });

  it('ends with the picture when the sound is shorter', async () => {
    const path = join(folder, 'long-picture.mp4');
    await ffmpeg([...colours(4), ...beeps([0.5], 1), '-filter_complex', joined(4)], [...H264, '-c:a', 'aac', path]);
    const { media } = await extractInto(path, { sampleRatesHz: [RATE] });
    expect(media.info.durationSec).toBe(4);
    expect(media.info.segmentFrame).toHaveLength(4);
    expect([...(await media.readWave(RATE, 3 * RATE, 5))]).toEqual([0, 0, 0, 0, 0]);
    await media.close();
  });

  it('inserts silence before sound that starts late', async () => {
    const path = join(folder, 'late-sound.mp4');
    const inputs = [...colours(3), '-itsoffset', '1.2', ...beeps([0.5], 1.5), '-filter_complex', joined(3)];
    await ffmpeg(inputs, [...H264, '-c:a', 'aac', path]);
    const { media } = await extractInto(path, { sampleRatesHz: [RATE, 44_100] });
    expect(await onsets(media)).toEqual([expect.closeTo(1.7, 2)]);
    expect(await onsets(media, 44_100)).toEqual([expect.closeTo(1.7, 2)]);
    await media.close();
  });

  it('has no frame before a picture that starts late', async () => {
    const path = join(folder, 'late-picture.mkv');
    const inputs = [...beeps([0.5], 4), '-itsoffset', '1.7', ...['-f', 'lavfi', '-i', 'color=blue:s=64x48:r=10:d=2']];
    await ffmpeg(inputs, ['-map', '1', '-map', '0', ...H264, '-c:a', 'flac', path]);
    const { media } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.video?.startSec).toBeCloseTo(1.7, 2);
    expect((await segmentColours(media)).slice(0, 4)).toEqual([null, null, 'blue', 'blue']);
    expect(await onsets(media)).toEqual([expect.closeTo(0.5, 2)]);
    await media.close();
  });

  it('counts from the start of a container whose clock does not start at 0', async () => {
    const path = join(folder, 'offset.ts');
    const inputs = [...colours(3), ...beeps([1.5], 3), '-filter_complex', joined(3)];
    await ffmpeg(inputs, [...H264, '-c:a', 'aac', '-output_ts_offset', '100', path]);
    const { media } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.originSec).toBeGreaterThan(100);
    expect((await segmentColours(media)).slice(0, 3)).toEqual(['red', 'lime', 'blue']);
    const [onset = 0] = await onsets(media);
    // The encoder's delay of AAC in MPEG-TS (1,024 samples) moves the picture and not the sound.
    expect(Math.abs(onset - (media.info.video?.startSec ?? 0) - 1.5)).toBeLessThan(0.03);
    await media.close();
  });

  it('follows an edit list that skips the beginning', async () => {
    const whole = join(folder, 'whole.mp4');
    const path = join(folder, 'edited.mp4');
    await ffmpeg(
      [...colours(5), ...beeps([2.5], 5), '-filter_complex', joined(5)],
      [...H264, '-g', '50', '-c:a', 'aac', whole],
    );
    // A copy from 1.3 s keeps the packets since the key frame and hides them with an edit list.
    await ffmpeg(['-ss', '1.3', '-i', whole], ['-c', 'copy', path]);
    const { media } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect((await segmentColours(media)).slice(0, 3)).toEqual(['lime', 'blue', 'yellow']);
    expect(await onsets(media)).toEqual([expect.closeTo(1.2, 1)]);
    await media.close();
  });

  it('keeps the sound in sync across a gap in its time stamps', async () => {
    const path = join(folder, 'gap.mkv');
    const dropped = "aselect='not(between(t,1,2))'";
    await ffmpeg([...beeps([0.5, 3.5], 4)], ['-af', dropped, '-c:a', 'pcm_s16le', path]);
    const { media } = await extractInto(path, { sampleRatesHz: [RATE] });
    expect(await onsets(media)).toEqual([expect.closeTo(0.5, 1), expect.closeTo(3.5, 1)]);
    expect(media.info.durationSec).toBeCloseTo(4, 1);
    await media.close();
  });
});

describe('extractStage: sound that changes its format in mid-file', () => {
  /** A broadcast recording whose sound changes its format at each advertisement: pieces of two seconds with a beep in the middle. */
  async function broadcast(name: string, codec: string, sounds: readonly (readonly string[])[]): Promise<string> {
    const pieces: Buffer[] = [];
    for (const sound of sounds) {
      const piece = join(folder, `piece${pieces.length}.ts`);
      const colour = ['-f', 'lavfi', '-i', `color=${COLOURS[pieces.length] ?? 'red'}:s=64x48:r=10:d=2`];
      const clock = ['-muxdelay', '0', '-muxpreload', '0', '-output_ts_offset', String(2 * pieces.length)];
      await ffmpeg([...colour, ...beeps([1], 2)], [...H264, '-c:a', codec, ...sound, ...clock, piece]);
      pieces.push(await readFile(piece));
    }
    const path = join(folder, name);
    await writeFile(path, Buffer.concat(pieces));
    return path;
  }

  it.each([
    [
      'rate',
      'mp2',
      [
        ['-ar', '44100'],
        ['-ar', '48000'],
        ['-ar', '32000'],
      ],
    ],
    [
      'channels',
      'ac3',
      [
        ['-ac', '2'],
        ['-ac', '6'],
        ['-ac', '1'],
      ],
    ],
    [
      'rate and channels',
      'aac',
      [
        ['-ar', '48000', '-ac', '1'],
        ['-ar', '22050', '-ac', '2'],
        ['-ar', '44100', '-ac', '1'],
      ],
    ],
  ])('keeps the sound in sync after a change of %s (%s)', async (what, codec, sounds) => {
    const path = await broadcast(`${what}.ts`, codec, sounds);
    const {
      media,
      warnings,
      folder: artefact,
    } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE, 48_000] });
    for (const rate of [RATE, 48_000]) {
      const found = await onsets(media, rate);
      expect(found).toHaveLength(3);
      for (const [i, atSec] of found.entries()) expect(Math.abs(atSec - 1 - 2 * i)).toBeLessThan(0.06);
    }
    expect((await segmentColours(media)).slice(0, 6)).toEqual(['red', 'red', 'lime', 'lime', 'blue', 'blue']);
    expect(media.info.durationSec).toBeLessThan(6.3);
    expect(media.info.loudness?.rows).toBeGreaterThan(58);
    expect(media.info.loudness?.rows).toBeLessThan(63);
    expect(await readdir(artefact)).not.toContain('resampled');
    expect(warnings.filter(({ code }) => code !== 'EARSIGHT_WARN_DECODER')).toEqual([]);
    await media.close();
  });
});

describe('extractStage: choice of tracks', () => {
  it('extracts a sound file', async () => {
    const path = join(folder, 'sound.flac');
    await ffmpeg(beeps([0.5, 1.5], 2), [path]);
    const { media } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.video).toBeNull();
    expect(media.info.segmentFrame).toEqual([-1, -1]);
    expect(media.info.frames).toEqual([]);
    expect(media.info.motion).toBeNull();
    expect(await onsets(media)).toEqual([expect.closeTo(0.5, 2), expect.closeTo(1.5, 2)]);
    await media.close();
  });

  it('leaves out a picture of which nothing can be decoded, with a warning', async () => {
    const [whole, path] = [join(folder, 'good.mkv'), join(folder, 'noise.mkv')];
    await ffmpeg(
      [...colours(3), ...beeps([0.5, 2.5], 3), '-filter_complex', joined(3)],
      [...H264, '-c:a', 'flac', whole],
    );
    await ffmpeg(['-i', whole], ['-map', '0', '-c', 'copy', '-bsf:v', 'noise=amount=1', path]);
    const { media, warnings } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.video).toBeNull();
    expect(await onsets(media)).toEqual([expect.closeTo(0.5, 2), expect.closeTo(2.5, 2)]);
    expect(warnings.map(warningMessage).join()).toContain('picture track');
    await media.close();
  });

  it('does not treat cover art as a video', async () => {
    const path = join(folder, 'cover.mp3');
    const inputs = [...beeps([0.5], 2), '-f', 'lavfi', '-i', 'color=red:s=64x64:d=1:r=1'];
    await ffmpeg(inputs, ['-map', '0', '-map', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic', path]);
    const { media } = await extractInto(path, { geometries: [CROP], sampleRatesHz: [RATE] });
    expect(media.info.video).toBeNull();
    expect(await onsets(media)).toEqual([expect.closeTo(0.5, 1)]);
    await media.close();
  });

  it('extracts a video without sound, and counts several sound tracks', async () => {
    const silent = join(folder, 'silent.mp4');
    await ffmpeg([...colours(2), '-filter_complex', joined(2)], [...H264, silent]);
    const one = await extractInto(silent, { geometries: [CROP] });
    expect(one.media.info).toMatchObject({ audio: null, waves: [], loudness: null, durationSec: 2 });
    const path = join(folder, 'tracks.mkv');
    const tracks = [...beeps([0.5], 2), ...beeps([1.5], 2)];
    const second = ['-disposition:a:0', '0', '-disposition:a:1', 'default'];
    await ffmpeg(tracks, ['-map', '0', '-map', '1', '-c:a', 'flac', ...second, path]);
    const two = await extractInto(path, { sampleRatesHz: [RATE] });
    expect(two.media.info.audio?.tracks).toBe(2);
    expect(await onsets(two.media)).toEqual([expect.closeTo(1.5, 2)]);
    await one.media.close();
    await two.media.close();
  });
});
