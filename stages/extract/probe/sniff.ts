import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { EarsightError, toEarsightError } from '../../../core/errors.js';
import { detectDemuxer, id3Bytes } from './container-magic.js';

/** Enough to skip the stray bytes that some MP3 files and transport streams begin with. */
const HEAD_BYTES = 256 * 1024;
/** Programs that tag a file twice put a second tag behind the first one. */
const MAX_TAGS = 4;

/** Text formats that make a demuxer open other files or addresses, whatever the name of the file. */
const PLAYLISTS: readonly RegExp[] = [
  /^#EXTM3U/i,
  /^#EXT-X-/im,
  /^ffconcat version/i,
  /^(#[^\n]*\n|\s)*(file|stream)\s+['"]?\S/i,
  /^v=0\s*[\r\n]+o=/,
  /^(<\?xml[^>]*>)?(\s|<!--(?:(?!-->)[\s\S])*-->)*<(MPD|ASX|SmoothStreamingMedia|smil|playlist)\b/i,
  /^\[playlist\]/i,
  /^\[Reference\]/i,
  /^(rtsp|rtmp|https?|ftp|mms|udp|rtp|file|concat|data|subfile|crypto|hls):\S/i,
];

const PICTURES: readonly [string, RegExp][] = [
  ['PNG', /^\x89PNG/],
  ['JPEG', /^\xff\xd8\xff/],
  ['GIF', /^GIF8/],
  ['WebP', /^RIFF[\s\S]{4}WEBP/],
  ['BMP', /^BM[\s\S]{4}\0\0\0\0/],
  ['TIFF', /^(II\*\0|MM\0\*)/],
];

/**
 * Finds the demuxer for a file from its first bytes, never from its name, so that ffmpeg does not guess.
 * @returns the demuxer's name, for ffmpeg's option `-f`
 * @throws EARSIGHT_INPUT_MISSING, _UNREADABLE, _EMPTY, _PLAYLIST, _NOT_MEDIA
 */
export async function sniffContainer(path: string): Promise<string> {
  const head = await readHead(path);
  if (head.length === 0) throw new EarsightError('EARSIGHT_INPUT_EMPTY', { path });
  const demuxer = detectDemuxer(await skipTags(path, head));
  if (demuxer !== null) return demuxer;
  const start = head
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .trimStart();
  if (PLAYLISTS.some((form) => form.test(start))) throw new EarsightError('EARSIGHT_INPUT_PLAYLIST', { path });
  const reason = PICTURES.find(([, form]) => form.test(start))?.[0];
  throw new EarsightError('EARSIGHT_INPUT_NOT_MEDIA', {
    path,
    reason: reason ? `a ${reason} picture` : describe(head),
  });
}

/**
 * The bytes behind the ID3 tags at the start of a file, however long their cover pictures are. Nearly always they belong to
 * an MP3 file, but ffmpeg skips the tag before any demuxer, and FLAC and AAC files have one as well.
 */
async function skipTags(path: string, head: Buffer): Promise<Buffer> {
  let [rest, at] = [head, 0];
  for (let tag = 0; tag < MAX_TAGS && id3Bytes(rest) > 0; tag++) {
    at += id3Bytes(rest);
    const next = await readHead(path, at);
    // A file that ends within its tag is a broken MP3.
    if (next.length === 0) return head;
    rest = next;
  }
  return rest;
}

async function readHead(path: string, from = 0): Promise<Buffer> {
  try {
    // Non-blocking, because opening a named pipe without a writer would wait forever.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile())
        throw new EarsightError('EARSIGHT_INPUT_UNREADABLE', { path, reason: 'it is not a regular file' });
      const head = Buffer.alloc(HEAD_BYTES);
      const { bytesRead } = await file.read(head, 0, HEAD_BYTES, from);
      return head.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw toEarsightError(error, path);
  }
}

function describe(head: Buffer): string {
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S}\p{Z}\s]*$/u.test(head.toString('utf8', 0, 512).replace(/\uFFFD.{0,3}$/, '')))
    return 'it is text';
  return `it begins with ${head.subarray(0, 8).toString('hex')}, which no accepted container does`;
}
