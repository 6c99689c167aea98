import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describeDevices } from '../../models/runtime/devices.js';
import { freeBytes } from '../../core/store/free-bytes.js';
import { Bucket } from '../../core/store/bucket/bucket.js';
import { bucketUrlText, parseBucketUrl } from '../../core/store/bucket/bucket-url.js';
import { BUILT_IN } from '../../models/packs/built-in.js';
import { listPacks } from '../../models/packs/list-packs.js';
import { savePointsOf, weaknessOf } from '../../queues/bullmq/check-redis.js';
import { redactedAddress } from '../../queues/bullmq/redis-connection.js';
import { ffmpegCapabilities } from '../../stages/extract/ffmpeg/capabilities.js';
import { EarsightError, toEarsightError } from '../../core/errors.js';
import { megabytes } from './terminal-text.js';

/** One line of `earsight doctor`. */
export interface Finding {
  /** What was checked. */
  readonly what: string;
  /** `lacking`: no video can be processed without it. `optional`: it would add a capability. */
  readonly state: 'ok' | 'lacking' | 'optional';
  readonly found: string;
  /** How to add what is missing; empty when nothing is. */
  readonly advice: string;
}

/** The codecs of most video and audio files, by the names of ffmpeg's decoders. */
const COMMON_DECODERS = 'h264 hevc av1 vp8 vp9 mpeg2video mpeg4 prores aac mp3 opus vorbis ac3 flac pcm_s16le'.split(
  ' ',
);

/**
 * The raw frames and the sound of ten minutes of video at usual sizes take about this much while they are processed.
 */
const MIN_FREE_BYTES = 1e9;

/** A Redis server that does not answer a ping within this time is of no use to a queue. */
const REDIS_TIMEOUT_MS = 2_000;

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
  const enough = free >= MIN_FREE_BYTES;
  const advice = enough ? '' : 'Free some space, or send the results elsewhere with --out.';
  return [{ what: 'disk', state: enough ? 'ok' : 'lacking', found: `${megabytes(free)} free in this folder`, advice }];
}

/** A fleet needs Redis and a single machine does not, so a server that was not named may be absent. */
export async function checkRedis(): Promise<Finding[]> {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379';
  const named = process.env['REDIS_URL'] !== undefined;
  let server: string;
  try {
    server = redactedAddress(url);
  } catch (error) {
    const { message } = toEarsightError(error);
    return [{ what: 'redis', state: 'lacking', found: message, advice: 'Correct REDIS_URL.' }];
  }
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: REDIS_TIMEOUT_MS,
    commandTimeout: REDIS_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // The awaited calls reject with the same failures; without a listener the event would end the process.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return [redisFinding(await redis.info(), await savePointsOf(redis))];
  } catch {
    const advice = 'Only needed to spread work over machines: start redis-server, or set REDIS_URL.';
    const found = `no answer from ${server}`;
    return [{ what: 'redis', state: named ? 'lacking' : 'optional', found, advice }];
  } finally {
    redis.disconnect();
  }
}

function redisFinding(info: string, savePoints: string | null): Finding {
  const version = /^redis_version:(\S+)/m.exec(info)?.[1] ?? 'of unknown version';
  const weakness = weaknessOf(info, savePoints);
  if (weakness === null) return { what: 'redis', state: 'ok', found: version, advice: '' };
  const { advice } = new EarsightError('EARSIGHT_REDIS_UNSAFE');
  return { what: 'redis', state: 'optional', found: `${version}: ${weakness}`, advice };
}

/** Tries every operation of a worker on a bucket, with an object that is removed afterwards. */
export async function checkStore(url: string): Promise<Finding[]> {
  try {
    const location = parseBucketUrl(url);
    return [{ what: 'store', ...(await tryBucket(new Bucket(location), bucketUrlText(location))) }];
  } catch (error) {
    const { message, advice } = toEarsightError(error);
    return [{ what: 'store', state: 'lacking', found: message, advice }];
  }
}

async function tryBucket(bucket: Bucket, shownUrl: string): Promise<Omit<Finding, 'what'>> {
  const name = `doctor/${randomUUID()}.json`;
  await bucket.write(name, '1', { absent: true });
  try {
    const wroteTwice = await bucket.write(name, '2', { absent: true });
    await bucket.read(name);
    for await (const listed of bucket.list('doctor/')) if (listed.name === name) break;
    if (!wroteTwice) return { state: 'ok', found: `${shownUrl}: reads, writes, lists`, advice: '' };
    const advice = 'Works; where two workers make one thing at once, the later one wins, and more rubbish is left.';
    return { state: 'optional', found: `${shownUrl}: ignores conditional writes`, advice };
  } finally {
    await bucket.remove(name);
  }
}
