import type { ExtractParams } from '../params.js';
import type { AudioTrack } from '../probe/tracks.js';

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

/** The raw files of samples to write: one for each distinct sample rate. */
export function storedWaves(params: ExtractParams): StoredWave[] {
  return [...new Set(params.sampleRatesHz)].map((sampleRateHz) => ({ sampleRateHz, file: `wave-${sampleRateHz}.s16` }));
}

/**
 * The filter graph of the sound. First it fills a late start and gaps with silence, so that samples lie on the timeline;
 * then it makes `[wave0…]`, mono 16 bit at each rate, and `[measured]`, which prints EBU R128 loudness to a pipe every
 * 100 ms.
 */
export function soundGraph(
  audio: Pick<AudioTrack, 'channels'> & { readonly stream: Pick<AudioTrack['stream'], 'index'> },
  waves: readonly StoredWave[],
  pipe: string,
): string {
  const labels = waves.map((_, i) => `[forWave${i}]`).join('');
  const timeline = `aresample=async=1:first_pts=0:min_hard_comp=${MIN_GAP_SEC}`;
  const mix = audio.channels > MIXABLE_CHANNELS ? `pan=mono|${average(audio.channels)},` : '';
  const mono = 'aformat=sample_fmts=s16:channel_layouts=mono';
  // Mixing and conversion to 16 bit in one step lets swresample scale the mix so that it cannot clip.
  const branches = waves.map(({ sampleRateHz }, i) => {
    return `[forWave${i}]${mix}aresample=${sampleRateHz},${mono}:sample_rates=${sampleRateHz}[wave${i}]`;
  });
  const print = `ametadata=mode=print:file='${pipe.replace(':', '\\:')}'`;
  return [
    `[0:${audio.stream.index}]${timeline},asplit=${waves.length + 1}[forLoudness]${labels}`,
    `[forLoudness]ebur128=metadata=1:peak=true,${print}[measured]`,
    ...branches,
  ].join(';');
}

/** The sample rate of most camera and broadcast recordings. */
const RESAMPLED_RATE_HZ = 48_000;
const LAYOUTS: Readonly<Record<number, string>> = { 1: 'mono', 6: '5.1', 8: '7.1' };

/**
 * `[resampled]`: the track at one sample rate and with the channel layout of its beginning. It starts at the track's own
 * time, and samples before 0:00 are cut. ffmpeg may restart each of these filters in mid-file without harm.
 */
export function resampledSoundGraph(audio: AudioTrack): string {
  const layout = LAYOUTS[audio.channels] ?? 'stereo';
  const form = `aformat=sample_fmts=s16:sample_rates=${RESAMPLED_RATE_HZ}:channel_layouts=${layout}`;
  return `[0:${audio.stream.index}]atrim=start=0,${form}[resampled]`;
}

function average(channels: number): string {
  const share = (1 / channels).toFixed(6);
  return `c0=${Array.from({ length: channels }, (_, i) => `${share}*c${i}`).join('+')}`;
}
