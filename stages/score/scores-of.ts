import type { Score } from '../../core/schemas/scores.js';
import { avAlign, bootstrapMeans, flowPeaks } from '../../measures/index.js';
import type { Measured } from './measured.js';

/**
 * What the synchrony score gets on real clips with their own sound, and with the sound of other clips: bench/synchrony.ts,
 * bench/results/scores.md.
 */
const SYNCHRONY_MATCHED = 0.8;
const SYNCHRONY_RANDOM = 0.62;

const NO_NETWORK = { encoder: null, matched: null, random: null } as const;

/** All scores of a video, also those that do not apply to it, with the reason. */
export function scoresOf(measured: Measured): Score[] {
  return [...alignment(measured), ...loudness(measured), ...shares(measured), ...needsMore(measured)];
}

function alignment(measured: Measured): Score[] {
  const { synchrony, windowSec, change, framesPerSec, audio } = measured;
  const lacking = withoutSoundOrPicture(measured);
  const shares = synchrony.flatMap(({ share }) => share ?? []);
  const [result] = bootstrapMeans([shares]);
  const value = shares.length === 0 ? null : (result?.mean ?? null);
  const shifts = synchrony.reduce((sum, window) => sum + window.shifts, 0);
  const peaks = flowPeaks(change, framesPerSec);
  const align = lacking === null ? avAlign(audio.onsetsSec, peaks, framesPerSec) : null;
  return [
    {
      ...NO_NETWORK,
      name: 'synchrony',
      value,
      reason: value === null ? (lacking ?? 'the clip is too short, or its sound or picture does not change') : null,
      unit: 'share of shifts',
      range: '0 to 1',
      better: 'higher',
      definition: `share of ${shifts} circular shifts of 0.5 s and more under which moments of like motion and moments of like sound agree less than as they are`,
      source: 'earsight/measures, synchrony; Hilbert-Schmidt independence criterion (Gretton et al., 2005)',
      windowSec: windowSec > 0 ? windowSec : null,
      samples: shares.length,
      interval: shares.length > 1 && result ? [result.interval[0], result.interval[1]] : null,
      matched: SYNCHRONY_MATCHED,
      random: SYNCHRONY_RANDOM,
    },
    {
      ...NO_NETWORK,
      name: 'AV-Align of picture change',
      value: align,
      reason: align === null ? (lacking ?? 'neither an onset nor a peak of motion') : null,
      unit: 'intersection over union',
      range: '0 to 1',
      better: 'higher',
      definition:
        'matching of onsets and motion peaks as published; motion is the mean change of the picture in place of optical flow. It hardly tells the true offset from a wrong one: use synchrony',
      source: 'Yariv et al., 2024; guyyariv/TempoTokens av_align.py',
      windowSec: null,
      samples: audio.onsetsSec.length + peaks.length,
      interval: null,
    },
  ];
}

function loudness({ audio, hasSound }: Measured): Score[] {
  const reason = hasSound ? 'the sound is silent or shorter than 0.4 s' : 'no sound';
  const one = (name: string, value: number | null, unit: string, better: Score['better'], range: string): Score => ({
    ...NO_NETWORK,
    name,
    value,
    reason: value === null ? reason : null,
    unit,
    range,
    better,
    definition: 'of the whole track',
    source: 'EBU R128, ITU-R BS.1770-4',
    windowSec: null,
    samples: audio.segmentLufs.length,
    interval: null,
  });
  return [
    one('loudness', audio.integratedLufs, 'LUFS', 'neither', '-70 to 0; broadcast aims at -23, streaming at -14'),
    one('loudness range', audio.loudnessRangeLu, 'LU', 'neither', '0 and up'),
    one('true peak', audio.truePeakDbtp, 'dBTP', 'lower', 'below -1 is safe'),
  ];
}

function shares({ faults, durationSec, hasSound, hasPicture, onlyKeyFrames }: Measured): Score[] {
  const definitions = {
    silent: 'half a second or more, 35 dB below the loudness of the whole or under -40 dBFS',
    clipped: 'three and more samples in a row at full scale, after the channels were mixed',
    black: 'mean luma below a tenth for 0.1 s and more',
    frozen: 'mean change of a pixel below a thousandth for 2 s and more',
    flickering: 'more than three flashes of a tenth of the range within a second (WCAG 2.3.1)',
  } as const;
  return Object.entries(definitions).map(([name, definition]): Score => {
    const isSound = name === 'silent' || name === 'clipped';
    const spans = faults[name as keyof typeof definitions];
    const total = spans.reduce((sum, { startSec, endSec }) => sum + endSec - startSec, 0);
    const lacking = isSound ? (hasSound ? null : 'no sound') : pictureLack(hasPicture, onlyKeyFrames);
    return {
      ...NO_NETWORK,
      name: `${name} share`,
      value: lacking === null && durationSec > 0 ? Math.min(1, total / durationSec) : null,
      reason: lacking ?? (durationSec > 0 ? null : 'the video has no length'),
      unit: 'share of the time',
      range: '0 to 1',
      better: 'lower',
      definition,
      source: 'earsight',
      windowSec: null,
      samples: spans.length,
      interval: null,
    };
  });
}

/** Scores that this stage cannot give, with what they need. */
function needsMore(measured: Measured): Score[] {
  const lacking = withoutSoundOrPicture(measured);
  const one = (name: string, reason: string, source: string, better: Score['better'] = 'higher'): Score => ({
    ...NO_NETWORK,
    name,
    value: null,
    reason,
    unit: name === 'DeSync' ? 'seconds' : 'cosine',
    range: name === 'DeSync' ? '0 to 2' : '-1 to 1',
    better,
    definition: 'see docs/measures.md',
    source,
    windowSec: null,
    samples: 0,
    interval: null,
  });
  const role = (name: string): string => lacking ?? `no pack fills the role ${name}`;
  return [
    one('AVHScore', role('audio-image'), 'TAVGBench'),
    one('JavisScore', role('audio-image'), 'JavisVerse/JavisDiT'),
    one('DeSync', role('desync'), 'Synchformer', 'lower'),
    one('CLIPSIM', 'no prompt', 'Wu et al., 2021'),
    one('CLAP score', 'no prompt', 'LAION-CLAP'),
    one('stereo', 'the channels are mixed before they are measured', 'earsight', 'neither'),
  ];
}

function withoutSoundOrPicture({ hasSound, hasPicture, onlyKeyFrames }: Measured): string | null {
  return hasSound ? pictureLack(hasPicture, onlyKeyFrames) : 'no sound';
}

function pictureLack(hasPicture: boolean, onlyKeyFrames: boolean): string | null {
  if (!hasPicture) return 'no picture';
  return onlyKeyFrames ? 'key frames alone were decoded' : null;
}
