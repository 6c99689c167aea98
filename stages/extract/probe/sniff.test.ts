import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg } from '../../../fixtures/ffmpeg.js';
import { removeExtracted, temporaryFolder } from '../../../tests/extract-into.js';
import { sniffContainer } from './sniff.js';

let folder = '';
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(removeExtracted);

async function sniffOrCode(path: string): Promise<unknown> {
  return sniffContainer(path).catch((error: unknown) => (error as { code?: string }).code);
}

describe('sniffContainer', () => {
  it.each([
    ['a.mp4', 'mov', []],
    ['a.mov', 'mov', []],
    ['a.mkv', 'matroska', []],
    ['a.webm', 'matroska', ['-c:a', 'libopus']],
    ['a.ts', 'mpegts', []],
    ['a.m2ts', 'mpegts', ['-f', 'mpegts', '-mpegts_m2ts_mode', '1']],
    ['a.mpg', 'mpeg', ['-c:a', 'mp2']],
    ['a.avi', 'avi', []],
    ['a.flv', 'flv', ['-ar', '44100']],
    ['a.ogg', 'ogg', ['-c:a', 'libvorbis']],
    ['a.wav', 'wav', []],
    ['a.flac', 'flac', []],
    ['a.mp3', 'mp3', []],
    ['a.aac', 'aac', []],
    ['a.aiff', 'aiff', []],
    ['a.wma', 'asf', []],
  ])('recognises %s as %s', async (name, demuxer, options) => {
    const path = join(folder, name);
    await ffmpeg(['-f', 'lavfi', '-i', 'sine=d=1'], [...options, path]);
    expect(await sniffOrCode(path)).toBe(demuxer);
  });

  it.each([
    ['hls.mp4', '#EXTM3U\n#EXTINF:1,\nhttp://169.254.169.254/x.ts\n'],
    ['bom.mp4', '\uFEFF#EXTM3U\n/etc/passwd\n'],
    ['ff.mp4', 'ffconcat version 1.0\nfile /etc/passwd\n'],
    ['concat.mkv', "# a comment\nfile '/etc/passwd'\n"],
    ['dash.mp4', '<?xml version="1.0"?>\n<!-- x --><MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>'],
    ['session.wav', 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\nm=audio 5004 RTP/AVP 96\r\n'],
    ['list.mp3', '[playlist]\nFile1=http://example.com/a.mp3\n'],
    ['link.mp4', 'concat:/etc/passwd|/etc/hosts\n'],
    ['asx.wma', '<ASX version="3.0"><Entry><Ref href="http://example.com"/></Entry></ASX>'],
  ])('refuses the playlist %s', async (name, text) => {
    const path = join(folder, name);
    await writeFile(path, text);
    expect(await sniffOrCode(path)).toBe('EARSIGHT_INPUT_PLAYLIST');
  });

  it('does not take quadratic time on a long run of comments', async () => {
    const path = join(folder, 'comments.mp4');
    await writeFile(path, '<!-- -->'.repeat(30_000));
    expect(await sniffOrCode(path)).toBe('EARSIGHT_INPUT_NOT_MEDIA');
  });

  it('refuses files that are not media, and says what they are', async () => {
    const path = (name: string): string => join(folder, name);
    await writeFile(path('empty.mp4'), '');
    await writeFile(path('text.mp4'), 'the free text of a note, with an ümlaut\n');
    await writeFile(path('noise.mp4'), Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex'));
    await ffmpeg(['-f', 'lavfi', '-i', 'color=red:s=16x16'], ['-frames:v', '1', path('picture.png')]);
    await mkdir(path('folder.mp4'));
    expect(await sniffOrCode(path('empty.mp4'))).toBe('EARSIGHT_INPUT_EMPTY');
    expect(await sniffOrCode(path('none.mp4'))).toBe('EARSIGHT_INPUT_MISSING');
    expect(await sniffOrCode(path('folder.mp4'))).toBe('EARSIGHT_INPUT_UNREADABLE');
    await expect(sniffContainer(path('text.mp4'))).rejects.toMatchObject({
      code: 'EARSIGHT_INPUT_NOT_MEDIA',
      details: { reason: 'it is text' },
    });
    await expect(sniffContainer(path('picture.png'))).rejects.toThrow('a PNG picture');
    await expect(sniffContainer(path('noise.mp4'))).rejects.toThrow('0001020304050607');
  });

  it.runIf(process.platform !== 'win32')('does not block on a named pipe', async () => {
    const path = join(folder, 'pipe.mp4');
    await promisify(execFile)('mkfifo', [path]);
    expect(await sniffOrCode(path)).toBe('EARSIGHT_INPUT_UNREADABLE');
  });
});
