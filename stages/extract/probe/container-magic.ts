/** First boxes of an ISO media or QuickTime file (ISO/IEC 14496-12; QuickTime File Format, `pnot` and `wide`). */
const FIRST_BOXES = new Set(['ftyp', 'moov', 'mdat', 'free', 'skip', 'wide', 'pnot', 'styp', 'uuid', 'moof']);
/** Consecutive packets that identify a transport stream, or frames that identify MP3 or ADTS; random bytes do not repeat. */
const CONSECUTIVE = 3;

const MAGIC: readonly [demuxer: string, RegExp][] = [
  ['matroska', /^\x1a\x45\xdf\xa3/],
  ['avi', /^RIFF[\s\S]{4}AVI[ X\x19]/],
  ['wav', /^(RIFF|RF64|RIFX)[\s\S]{4}WAVE/],
  ['flv', /^FLV\x01/],
  ['ogg', /^OggS/],
  ['flac', /^fLaC/],
  ['aiff', /^FORM[\s\S]{4}AIF[FC]/],
  ['asf', /^\x30\x26\xb2\x75\x8e\x66\xcf\x11/],
  ['mpeg', /^\x00\x00\x01\xba/],
];

/**
 * The allow-list of containers.
 * @returns the name of ffmpeg's demuxer for a file with these first bytes, or null for anything that is not on the list. No
 *   demuxer on the list opens another file by itself.
 */
export function detectDemuxer(head: Buffer): string | null {
  if (isBox(head)) return 'mov';
  const start = head.toString('latin1', 0, 16);
  const magic = MAGIC.find(([, form]) => form.test(start));
  if (magic) return magic[0];
  if (isTransportStream(head)) return 'mpegts';
  return elementaryAudio(head);
}

/**
 * Text can spell a box name as well, but letters in the size field would make a first box of half a gigabyte or more, and
 * only `mdat` can be that large.
 */
function isBox(head: Buffer): boolean {
  const name = head.toString('latin1', 4, 8);
  return FIRST_BOXES.has(name) && (name === 'mdat' || (head[0] ?? 0) < 0x20);
}

/** Lengths of a packet: plain, with a time stamp before each (M2TS), with parity after each. */
const PACKET_BYTES = [188, 192, 204];
/** Consecutive packets behind foreign bytes or the rest of a packet: chance would need more than a terabyte for as many. */
const CONSECUTIVE_ANYWHERE = 6;
/** How far ffmpeg searches for the first packet (MAX_RESYNC_SIZE in mpegts.c). */
const MAX_FOREIGN_BYTES = 65_536;

/** A recording may begin inside a packet, or behind bytes that its receiver added. */
function isTransportStream(head: Buffer): boolean {
  return PACKET_BYTES.some((size) => {
    if (packetsFollow(head, 0, size, CONSECUTIVE) || packetsFollow(head, 4, size, CONSECUTIVE)) return true;
    const end = Math.min(MAX_FOREIGN_BYTES, head.length);
    for (let at = 0; at < end; at++)
      if (head[at] === SYNC_BYTE && packetsFollow(head, at, size, CONSECUTIVE_ANYWHERE)) return true;
    return false;
  });
}

const SYNC_BYTE = 0x47;

/** ISO/IEC 13818-1, 2.4.3.2: the sync byte, and an adaptation field control that is not the reserved 00. */
function packetsFollow(head: Buffer, start: number, size: number, count: number): boolean {
  if (head.length < start + size * (count - 1) + 4) return false;
  for (let at = start; at < start + size * count; at += size)
    if (head[at] !== SYNC_BYTE || ((head[at + 3] ?? 0) & 0x30) === 0) return false;
  return true;
}

/** MP3 or ADTS AAC, possibly after some stray bytes: looks for the first offset at which frames follow one another. */
function elementaryAudio(head: Buffer): string | null {
  if (id3Bytes(head) > 0) return 'mp3';
  for (let at = 0; at < head.length - 8; at++) {
    if (head[at] !== 0xff) continue;
    if (framesFollow(head, at, mpegFrameBytes)) return 'mp3';
    if (framesFollow(head, at, adtsFrameBytes)) return 'aac';
  }
  return null;
}

/** Length of the ID3v2 tag at the start, with its header and footer (ID3v2.4, 3.1): a 28-bit size, 7 bits per byte; 0 without one. */
export function id3Bytes(head: Buffer): number {
  if (head.toString('latin1', 0, 3) !== 'ID3' || head.length < 10) return 0;
  const size = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + ((head[at] ?? 0) & 0x7f), 0);
  return 10 + size + ((head[5] ?? 0) & 0x10 ? 10 : 0);
}

function framesFollow(head: Buffer, start: number, frameBytes: (head: Buffer, at: number) => number): boolean {
  let at = start;
  for (let i = 0; i < CONSECUTIVE; i++) {
    const bytes = frameBytes(head, at);
    if (bytes <= 0) return false;
    at += bytes;
    // A short file may end here.
    if (at >= head.length) return i > 0;
  }
  return true;
}

/** ISO/IEC 11172-3 and 13818-3, layer III: kbit/s by bitrate index. */
const KBITS_V1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBITS_V2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const RATES_V1 = [44_100, 48_000, 32_000];

/** Length in bytes of the layer III frame whose header is at this offset; 0 when there is none. */
function mpegFrameBytes(head: Buffer, at: number): number {
  const [sync = 0, second = 0, third = 0] = head.subarray(at, at + 3);
  const version = (second >> 3) & 3;
  const layer3 = ((second >> 1) & 3) === 1;
  if (sync !== 0xff || (second & 0xe0) !== 0xe0 || version === 1 || !layer3) return 0;
  const rate = RATES_V1[(third >> 2) & 3];
  const kbits = (version === 3 ? KBITS_V1 : KBITS_V2)[third >> 4];
  if (rate === undefined || kbits === undefined || kbits === 0) return 0;
  const sampleRate = version === 3 ? rate : version === 2 ? rate / 2 : rate / 4;
  const samples = version === 3 ? 1152 : 576;
  return Math.floor(((samples / 8) * kbits * 1000) / sampleRate) + ((third >> 1) & 1);
}

/** ISO/IEC 13818-7: length in bytes of the ADTS frame whose header is at this offset; 0 when there is none. */
function adtsFrameBytes(head: Buffer, at: number): number {
  if (at + 6 > head.length || head[at] !== 0xff || ((head[at + 1] ?? 0) & 0xf6) !== 0xf0) return 0;
  const bytes = (((head[at + 3] ?? 0) & 3) << 11) | ((head[at + 4] ?? 0) << 3) | ((head[at + 5] ?? 0) >> 5);
  return bytes > 7 ? bytes : 0;
}
