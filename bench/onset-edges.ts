import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edgeTrack } from '../fixtures/synth/onset-edges.js';
import { onsetTrack } from '../fixtures/synth/onset-track.js';
import { ONSET_TOLERANCE_SEC, findOnsets, matchOnsets } from '../stages/sound/testing/score-onsets.js';

/**
 * Onsets at the beginning of a track and where a sound is cut off, ours beside those of librosa: `tsx bench/onset-edges.ts
 * [train|report] [tracks]`. Constants were chosen on the `train` seeds. librosa runs in the Python that EARSIGHT_PYTHON
 * names, by default `python3`; without it that column is left out.
 */
const [set = 'report', tracks = '40'] = process.argv.slice(2);
const RATE = 16_000;
const seeds = Array.from({ length: Number(tracks) }, (_, index) => (set === 'train' ? 1 : 1001) + index);

interface Scored {
  readonly samples: Float32Array;
  readonly onsetsSec: readonly number[];
  readonly stopsSec: readonly number[];
}

const folder = mkdtempSync(join(tmpdir(), 'earsight-onsets-'));
try {
  const kinds = {
    'cut-off sounds': seeds.map((seed): Scored => edgeTrack(seed, RATE)),
    'clicks, tones, bursts': seeds.map((seed): Scored => ({ ...onsetTrack(seed, RATE), stopsSec: [] })),
  };
  for (const [kind, list] of Object.entries(kinds)) {
    print(
      kind,
      'earsight',
      list,
      list.map(({ samples }) => findOnsets(samples, RATE)),
    );
    const theirs = librosaOnsets(list.map(({ samples }) => samples));
    if (theirs === null) console.log(`${kind} | librosa: skipped, because it is not installed`);
    else print(kind, 'librosa', list, theirs);
  }
} finally {
  rmSync(folder, { recursive: true });
}

function print(kind: string, detector: string, list: readonly Scored[], found: readonly (readonly number[])[]): void {
  const sum = (of: (track: Scored, onsets: readonly number[]) => number): number =>
    list.reduce((total, track, index) => total + of(track, found[index] ?? []), 0);
  const hits = sum(({ onsetsSec }, onsets) => matchOnsets(onsets, onsetsSec, ONSET_TOLERANCE_SEC).hits);
  const wanted = sum(({ onsetsSec }) => onsetsSec.length);
  const total = sum((_, onsets) => onsets.length);
  const fromStart = list.filter(({ onsetsSec }) => onsetsSec[0] === 0).length;
  const startHits = sum(({ onsetsSec }, onsets) => (onsetsSec[0] === 0 && startsAtZero(onsets) ? 1 : 0));
  const falseStarts = sum(({ onsetsSec }, onsets) => (onsetsSec[0] !== 0 && startsAtZero(onsets) ? 1 : 0));
  const stops = sum(({ stopsSec }) => stopsSec.length);
  const stopHits = sum(({ stopsSec }, onsets) => matchOnsets(onsets, stopsSec, ONSET_TOLERANCE_SEC).hits);
  console.log(
    `${kind} | ${detector}: precision ${(hits / total).toFixed(3)}, recall ${(hits / wanted).toFixed(3)} of ${wanted}; ` +
      `sounds from 0.0 found ${startHits} of ${fromStart}, found where there is none ${falseStarts} of ${list.length - fromStart}; ` +
      `cut-offs taken for onsets ${stopHits} of ${stops}`,
  );
}

function startsAtZero(onsets: readonly number[]): boolean {
  return onsets.some((sec) => sec <= ONSET_TOLERANCE_SEC);
}

/** `librosa.onset.onset_detect` with its defaults except the hop, which is 10 ms as ours; null where librosa is missing. */
function librosaOnsets(list: readonly Float32Array[]): number[][] | null {
  list.forEach((samples, index) => writeFileSync(join(folder, `${index}.f32`), samples));
  const script = `
import json, sys
try:
    import librosa, numpy
except ImportError:
    print('null'); sys.exit()
print(json.dumps([librosa.onset.onset_detect(y=numpy.fromfile(f'{sys.argv[1]}/{i}.f32', dtype='<f4'), sr=${RATE},
    hop_length=${RATE / 100}, units='time').tolist() for i in range(${list.length})]))`;
  try {
    const python = process.env['EARSIGHT_PYTHON'] ?? 'python3';
    return JSON.parse(execFileSync(python, ['-c', script, folder], { encoding: 'utf8' })) as number[][] | null;
  } catch {
    return null;
  }
}
