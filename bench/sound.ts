import { onsetTrack } from '../fixtures/synth/onset-track.js';
import { ONSET_TOLERANCE_SEC, findOnsets, matchOnsets } from '../stages/sound/testing/score-onsets.js';

/**
 * Evaluates onset detection on synthesised tracks: `tsx bench/sound.ts [train|report] [tracks]`. The peak picker's
 * delta was chosen on the `train` seeds (1, 2, …); only figures of the `report` seeds (1001, 1002, …) may be published.
 */
const [set = 'report', tracks = '40'] = process.argv.slice(2);
const first = set === 'train' ? 1 : 1001;
for (const rate of [16_000, 32_000, 48_000]) {
  let hits = 0;
  let found = 0;
  let wanted = 0;
  let cpuMs = 0;
  const errors: number[] = [];
  for (let seed = first; seed < first + Number(tracks); seed += 1) {
    const { samples, onsetsSec } = onsetTrack(seed, rate);
    const before = process.cpuUsage();
    const onsets = findOnsets(samples, rate);
    cpuMs += process.cpuUsage(before).user / 1000;
    const matches = matchOnsets(onsets, onsetsSec, ONSET_TOLERANCE_SEC);
    hits += matches.hits;
    found += onsets.length;
    wanted += onsetsSec.length;
    errors.push(...matches.errorsSec);
  }
  const meanMs = (errors.reduce((sum, error) => sum + Math.abs(error), 0) / errors.length) * 1000;
  console.log(
    `${set} at ${rate} Hz: precision ${(hits / found).toFixed(3)}, recall ${(hits / wanted).toFixed(3)} over ${wanted} onsets ` +
      `within ${ONSET_TOLERANCE_SEC * 1000} ms; off by ${meanMs.toFixed(1)} ms in the mean; ${(cpuMs / Number(tracks) / 10).toFixed(2)} ms a second of sound`,
  );
}
