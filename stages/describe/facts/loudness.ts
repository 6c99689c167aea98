import type { FactList, Span } from './fact-list.js';
import type { VideoFacts } from './video-facts.js';

export type LoudnessShape = 'silent' | 'steady' | 'quiet-start' | 'quiet-end' | 'peak';

export interface Loudness {
  readonly shape: LoudnessShape;
  readonly span: Span;
  readonly fact: string;
}

/** Below the loudest second: 15 LU is a bit more than a third as loud (10 LU halve the loudness). */
const QUIET_LU = 15;
/** Within the smallest difference that a listener notices between two programmes, twice. */
const STEADY_LU = 4;
/** Above the median: clearly louder than the rest. */
const PEAK_LU = 4;

/** How the loudness runs; null where there is no sound track or nothing to say. */
export function findLoudness({ audio, segmentSec, startSec, endSec }: VideoFacts, facts: FactList): Loudness | null {
  if (audio.waveform.peaks.length === 0) return null;
  const first = Math.round(startSec / segmentSec);
  const levels = audio.segmentLufs
    .slice(first, Math.ceil(endSec / segmentSec - 1e-6))
    .map((level) => level ?? -Infinity);
  const shaped = (shape: LoudnessShape, from: number, to: number): Loudness => {
    const span = {
      startSec: Math.max(startSec, (first + from) * segmentSec),
      endSec: Math.min(endSec, (first + to) * segmentSec),
    };
    return { shape, span, fact: facts.add('loudness', 'audio.json', '', shape, { spans: [span] }) };
  };
  const loudest = Math.max(...levels);
  if (levels.length === 0 || loudest < -60) return shaped('silent', 0, Math.max(1, levels.length));
  const quiet = (level: number): boolean => level < loudest - QUIET_LU;
  const quietStart = levels.findIndex((level) => !quiet(level));
  if (quietStart >= 2) return shaped('quiet-start', 0, quietStart);
  const lastLoud = levels.findLastIndex((level) => !quiet(level));
  if (levels.length - 1 - lastLoud >= 2) return shaped('quiet-end', lastLoud + 1, levels.length);
  // The first and the last segment hold only a part of their momentary windows.
  const inner = levels.length > 4 ? levels.slice(1, -1) : levels;
  if (inner.length < 3) return null;
  if (Math.max(...inner) - Math.min(...inner) <= STEADY_LU) return shaped('steady', 0, levels.length);
  const sorted = [...levels].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? loudest;
  const peak = levels.indexOf(loudest);
  const second = Math.max(...levels.filter((_, at) => Math.abs(at - peak) > 1));
  return loudest - median >= PEAK_LU && loudest - second >= 1 ? shaped('peak', peak, peak + 1) : null;
}
