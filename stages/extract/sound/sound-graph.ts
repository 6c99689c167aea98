import type { StoredWave } from '../decode/stored-media.js';
import type { AudioTrack } from '../probe/tracks.js';

/**
 * A gap (or overlap) in the sound's time stamps longer than this is filled (or cut), so that a sample's number says its
 * time. One frame at 25 a second, the least that a viewer notices; millisecond jitter of FLV and Matroska stays alone.
 */
const MIN_GAP_SEC = 0.04;
/** Layouts with more channels than swresample has a mixing rule for are averaged. */
const MIXABLE_CHANNELS = 8;

/**
 * The sound's filters: first the time line (silence before a late start and in gaps), then `[wave0…]` mono 16 bit at
 * each rate, and `[measured]`, which prints EBU R128 loudness to a pipe every 100 ms.
 */
export function soundGraph(
  audio: Pick<AudioTrack, 'channels'> & { readonly stream: Pick<AudioTrack['stream'], 'index'> },
  waves: readonly StoredWave[],
  pipe: string,
): string {
  const labels = waves.map((_, i) => `[forWave${i}]`).join('');
  const line = `aresample=async=1:first_pts=0:min_hard_comp=${MIN_GAP_SEC}`;
  const mix = audio.channels > MIXABLE_CHANNELS ? `pan=mono|${average(audio.channels)},` : '';
  const mono = 'aformat=sample_fmts=s16:channel_layouts=mono';
  // Mixed and made 16 bit in one step: swresample then scales the mix so that it cannot clip.
  const tails = waves.map(({ sampleRateHz }, i) => {
    return `[forWave${i}]${mix}aresample=${sampleRateHz},${mono}:sample_rates=${sampleRateHz}[wave${i}]`;
  });
  const print = `ametadata=mode=print:file='${pipe.replace(':', '\\:')}'`;
  return [
    `[0:${audio.stream.index}]${line},asplit=${waves.length + 1}[forLoudness]${labels}`,
    `[forLoudness]ebur128=metadata=1:peak=true,${print}[measured]`,
    ...tails,
  ].join(';');
}

/** The rate of the files that most cameras and broadcasts make. */
const EVEN_RATE_HZ = 48_000;
const LAYOUTS: Readonly<Record<number, string>> = { 1: 'mono', 6: '5.1', 8: '7.1' };

/**
 * `[even]`: the track at one rate and with one layout, that of its beginning. Starts at its own time; what lies before
 * 0:00 is cut. Every filter may be started anew in mid-file without harm.
 */
export function evenSoundGraph(audio: AudioTrack): string {
  const layout = LAYOUTS[audio.channels] ?? 'stereo';
  const form = `aformat=sample_fmts=s16:sample_rates=${EVEN_RATE_HZ}:channel_layouts=${layout}`;
  return `[0:${audio.stream.index}]atrim=start=0,${form}[even]`;
}

function average(channels: number): string {
  const share = (1 / channels).toFixed(6);
  return `c0=${Array.from({ length: channels }, (_, i) => `${share}*c${i}`).join('+')}`;
}
