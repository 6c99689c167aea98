import { describeDevices } from '../../models/runtime/devices.js';
import { freeBytes } from '../../core/store/free-bytes.js';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { listPacks } from '../../models/packs/list-packs.js';
import { ffmpegCapabilities } from '../../stages/extract/ffmpeg/capabilities.js';
import { toEarsightError } from '../../core/errors.js';
import { megabytes } from './terminal-text.js';

export interface Finding {
  readonly what: string;
  /** `lacking`: nothing works without it. `optional`: something more would work with it. */
  readonly state: 'ok' | 'lacking' | 'optional';
  readonly found: string;
  /** How to add it; empty when it is there. */
  readonly advice: string;
}

/** What people's files are made of, by ffmpeg's names. */
const COMMON_DECODERS = 'h264 hevc av1 vp8 vp9 mpeg2video mpeg4 prores aac mp3 opus vorbis ac3 flac pcm_s16le'.split(
  ' ',
);

/** Raw frames and sound of ten minutes of film at the usual sizes take about this much while they are worked on. */
const LEAST_FREE_BYTES = 1e9;

export function checkNode(): Finding[] {
  return [{ what: 'node', state: 'ok', found: process.version, advice: '' }];
}

export async function checkFfmpeg(): Promise<Finding[]> {
  try {
    const { version, decoders } = await ffmpegCapabilities();
    const missing = COMMON_DECODERS.filter((name) => !decoders.has(name));
    const present: Finding = { what: 'ffmpeg', state: 'ok', found: version, advice: '' };
    if (missing.length === 0)
      return [present, { what: 'codecs', state: 'ok', found: COMMON_DECODERS.join(', '), advice: '' }];
    const advice = 'Install a full build of ffmpeg: files of these codecs are refused.';
    return [present, { what: 'codecs', state: 'optional', found: `cannot decode ${missing.join(', ')}`, advice }];
  } catch (error) {
    const { message, advice } = toEarsightError(error);
    return [{ what: 'ffmpeg', state: 'lacking', found: message, advice }];
  }
}

export async function checkDevices(): Promise<Finding[]> {
  return (await describeDevices()).map(({ device, usable, detail, advice }) => {
    return { what: device, state: usable ? 'ok' : 'optional', found: detail, advice };
  });
}

export async function checkPacks(): Promise<Finding[]> {
  const packs = await listPacks();
  const [builtIn, ...pulled] = packs.toSorted((a, b) => Number(b.name === BUILT_IN) - Number(a.name === BUILT_IN));
  if (pulled.length === 0) {
    const advice = 'Fetch CLIP and CLAP with `earsight packs pull clip-clap`, or name a folder with --pack.';
    const found =
      builtIn === undefined ? 'none: runs make no labels' : `${BUILT_IN} (${builtIn.roles.join(', ')}) alone`;
    return [{ what: 'packs', state: 'optional', found, advice }];
  }
  return packs.map(({ name, roles }) => ({
    what: 'pack',
    state: 'ok',
    found: `${name} (${roles.join(', ')})`,
    advice: '',
  }));
}

export async function checkDisk(): Promise<Finding[]> {
  const free = await freeBytes(process.cwd());
  const enough = free >= LEAST_FREE_BYTES;
  const advice = enough ? '' : 'Free some space, or send the results elsewhere with --out.';
  return [{ what: 'disk', state: enough ? 'ok' : 'lacking', found: `${megabytes(free)} free in this folder`, advice }];
}
