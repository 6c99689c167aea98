import type { ExtractParams } from '../params.js';
import type { AudioTrack } from '../probe/tracks.js';
import { clockExpression, cutExpression, silencesToCut } from '../timeline/clock-filters.js';
import type { ClockReport } from '../timeline/clock-survey.js';

/** The sound alone, at one sample rate and channel layout, in a temporary file. */
export interface ResampledSound {
  readonly path: string;
  readonly demuxer: string;
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Presentation time of the first sample. */
  readonly startSec: number;
}

/** One raw file of mono 16-bit samples in the artefact. */
export interface StoredWave {
  readonly sampleRateHz: number;
  readonly file: string;
}

/**
 * A gap in the time stamps of the sound that is longer than this is filled with silence, and a longer overlap is cut, so
 * that a sample's index gives its time. It is one frame at 25 frames per second, the smallest offset a viewer notices;
 * the millisecond jitter of FLV and Matroska is left as it is.
 */
const MIN_GAP_SEC = 0.04;
/** swresample has mixing rules for up to this many channels; the channels of larger layouts are averaged. */
const MIXABLE_CHANNELS = 8;

/** Whether the mono mix is the plain average of the channels, because nothing says how else to mix them. */
export function isAveraged(channels: number): boolean {
  return channels > MIXABLE_CHANNELS;
}

/** The raw files of samples to write: one for each distinct sample rate. */
export function storedWaves(params: ExtractParams): StoredWave[] {
  return [...new Set(params.sampleRatesHz)].map((sampleRateHz) => ({ sampleRateHz, file: `wave-${sampleRateHz}.s16` }));
}

/** What moves the times of the sound before the filters: see ClockReport and CutSilence. */
interface SoundClock {
  readonly clock: ClockReport | null;
  readonly resampled?: ResampledSound;
}

/** The pipes of the sound graph. `channels` is null when there is nothing to compare. */
interface SoundPipes {
  readonly loudness: string;
  readonly channels: boolean;
}

/**
 * The filter graph of the sound. First it fills a late start and gaps with silence, so that samples lie on the timeline;
 * then it makes `[wave0…]`, mono 16 bit at each rate, `[channels]`, all channels as they are, for ChannelBalance, and
 * `[measured]`, which prints EBU R128 loudness to a pipe every 100 ms.
 */
export function soundGraph(
  audio: AudioTrack,
  waves: readonly StoredWave[],
  pipes: SoundPipes,
  times: SoundClock,
): string {
  const labels = waves.map((_, i) => `[forWave${i}]`).join('');
  const mix = isAveraged(audio.channels) ? `pan=mono|${average(audio.channels)},` : '';
  const mono = 'aformat=sample_fmts=s16:channel_layouts=mono';
  // Mixing and conversion to 16 bit in one step lets swresample scale the mix so that it cannot clip.
  const branches = waves.map(({ sampleRateHz }, i) => {
    return `[forWave${i}]${mix}aresample=${sampleRateHz},${mono}:sample_rates=${sampleRateHz}[wave${i}]`;
  });
  if (pipes.channels) branches.push('[forChannels]aformat=sample_fmts=s16[channels]');
  const shared = areUnnamed(audio) && audio.channels > FRONT_BITS.length ? `${shareSpeakers(audio.channels)},` : '';
  const print = `ametadata=mode=print:file='${pipes.loudness.replace(':', '\\:')}'`;
  const outputs = waves.length + 1 + Number(pipes.channels);
  return [
    `${timeline(audio, times)},asplit=${outputs}[forLoudness]${labels}${pipes.channels ? '[forChannels]' : ''}`,
    `[forLoudness]${shared}ebur128=metadata=1:peak=true,${print}[measured]`,
    ...branches,
  ].join(';');
}

/** Whether ChannelBalance can compare the channels: larger layouts are averaged, and it would cost as much as the decode. */
export function hasComparableChannels({ channels }: AudioTrack): boolean {
  return channels > 1 && channels <= MIXABLE_CHANNELS;
}

/** `[wave0…]`: all channels as floats at each rate, on the same timeline as those of `soundGraph`. */
export function channelsGraph(audio: AudioTrack, waves: readonly StoredWave[], times: SoundClock): string {
  const branches = waves.map(
    ({ sampleRateHz }, i) =>
      `[forWave${i}]aresample=${sampleRateHz},aformat=sample_fmts=flt:sample_rates=${sampleRateHz}[wave${i}]`,
  );
  const split = `asplit=${waves.length}${waves.map((_, i) => `[forWave${i}]`).join('')}`;
  return [`${timeline(audio, times)},${split}`, ...branches].join(';');
}

/** The track with its samples on the player's timeline, without the silences that are inserted afterwards. */
function timeline(audio: AudioTrack, { clock, resampled }: SoundClock): string {
  const filters = [];
  const offsets = resampled ? undefined : clock?.offsetsSec?.get(audio.stream.index);
  if (offsets) filters.push(`asetpts='${clockExpression(offsets)}'`);
  const cuts = silencesToCut(clock?.soundGaps ?? []);
  if (cuts.length > 0) filters.push(`asetpts='${cutExpression(cuts)}'`);
  if (!resampled && areUnnamed(audio)) filters.push(nameChannels(audio.channels));
  if (!resampled && holdsFloats(audio)) filters.push(finiteSamples(audio.channels));
  filters.push(`aresample=async=1:first_pts=0:min_hard_comp=${MIN_GAP_SEC}`);
  return `[0:${resampled ? 0 : audio.stream.index}]${filters.join(',')}`;
}

/** Whether the samples are stored as floats, which need not be numbers. Decoders compute theirs. */
export function holdsFloats({ stream }: AudioTrack): boolean {
  return /^(pcm_f|wavpack)/.test(stream.codec_name) && stream.sample_fmt?.startsWith('s') !== true;
}

/** More than 100 dB above full scale. Comparing with it is false for NaN as well. */
const LARGEST_SAMPLE = 100_000;

/** Replaces samples that are no finite numbers by silence: filters with a memory would never recover from one. */
function finiteSamples(channels: number): string {
  const each = Array.from({ length: channels }, (_, c) => `if(lt(abs(val(${c})),${LARGEST_SAMPLE}),val(${c}),0)`);
  return `aeval=exprs='${each.join('|')}':c=same`;
}

/**
 * Bits of libavutil's channel masks whose speakers `ebur128` weighs with 1: front, wide, top front, top side, bottom front.
 */
const FRONT_BITS = [0, 1, 2, 6, 7, 11, 12, 13, 14, 29, 30, 31, 32, 36, 37, 38, 39, 40];
/** All bits, those first. */
const ALL_BITS = [...new Set([...FRONT_BITS, ...Array.from({ length: 64 }, (_, bit) => bit)])];

/** Whether ffmpeg has no names for the channels. It gives the usual ones to up to eight channels, and to 16 and 24. */
function areUnnamed({ channels, stream }: AudioTrack): boolean {
  const layout = stream.channel_layout ?? 'unknown';
  const guessed = channels <= MIXABLE_CHANNELS || channels === 16 || channels === 24;
  return /^(ambisonic|\d+ channels)/.test(layout) || (layout === 'unknown' && !guessed);
}

/**
 * Gives names to channels that have none, because most filters refuse them: in order those of speakers with weight 1, since
 * ITU-R BS.1770 knows no other weight for them.
 */
function nameChannels(channels: number): string {
  // `pan` would be shorter, but it refuses channels without a name.
  const map = Array.from({ length: channels }, (_, c) => c).join('|');
  return `channelmap=map=${map}:channel_layout=${maskOf(channels)}`;
}

/** For `ebur128`: of more channels than there are speakers with weight 1, several share one. */
function shareSpeakers(channels: number): string {
  const speakers = FRONT_BITS.map((_, speaker) => {
    const sharing = Array.from({ length: channels }, (__, c) => c).filter((c) => c % FRONT_BITS.length === speaker);
    return `c${speaker}=${sharing.map((c) => `c${c}`).join('+')}`;
  });
  return `pan=${maskOf(FRONT_BITS.length)}|${speakers.join('|')}`;
}

function maskOf(channels: number): string {
  return `0x${ALL_BITS.slice(0, channels)
    .reduce((mask, bit) => mask | (1n << BigInt(bit)), 0n)
    .toString(16)}`;
}

/** The sample rate of most camera and broadcast recordings. */
const RESAMPLED_RATE_HZ = 48_000;
const LAYOUTS: Readonly<Record<number, string>> = { 1: 'mono', 6: '5.1', 8: '7.1' };

/**
 * `[resampled]`: the track at one sample rate and with the channel layout of its beginning. It starts at the track's own
 * time, and samples before 0:00 are cut. ffmpeg may restart each of these filters in mid-file without harm.
 * @param sampleTimed the time of a sample is the number of samples before it; the container's times are ignored
 */
export function resampledSoundGraph(audio: AudioTrack, sampleTimed: boolean): string {
  const layout = LAYOUTS[audio.channels] ?? 'stereo';
  const form = `aformat=sample_fmts=s16:sample_rates=${RESAMPLED_RATE_HZ}:channel_layouts=${layout}`;
  return `[0:${audio.stream.index}]${sampleTimed ? 'asetpts=NAN,' : 'atrim=start=0,'}${form}[resampled]`;
}

function average(channels: number): string {
  const share = (1 / channels).toFixed(6);
  return `c0=${Array.from({ length: channels }, (_, i) => `${share}*c${i}`).join('+')}`;
}
