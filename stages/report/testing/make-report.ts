import { mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { toldWarning, warningOf } from '../../../core/warnings.js';
import { writeSampleArtefacts, type Sample } from '../../../tests/sample-artefacts.js';
import { reportStage } from '../report-stage.js';

/** Labels of the sample clip, of which the first three have events. */
const LABELS = ['Speech', 'Dog', 'Car', 'Fire alarm', 'Cello', 'Frying (food)', 'Helicopter', 'Banjo'];

/** A clip with sound, shots, events and a warning. */
export const CLIP: Sample = {
  path: '/videos/park/dog and cello.mp4',
  durationSec: 42.5,
  shots: 7,
  labels: LABELS,
  eventful: 3,
  sound: true,
  models: true,
  warnings: [toldWarning(warningOf('EARSIGHT_WARN_HDR', { curve: 'smpte2084' }))],
};

/** Runs the stage over a sample below `root` and returns the folder that it filled. */
export async function makeReport(sample: Sample, root: string): Promise<string> {
  const work = await mkdtemp(join(root, 'video-'));
  const folder = join(work, 'report');
  await mkdir(folder);
  await reportStage.run({
    source: { path: sample.path, sha256: '0'.repeat(64), bytes: 1 },
    sourceFile: () => Promise.resolve(sample.path),
    params: {},
    inputs: await writeSampleArtefacts(work, sample),
    folder,
    services: { packs: () => Promise.resolve(null), cacheFolder: '' },
    signal: new AbortController().signal,
    progress: () => undefined,
    warn: () => undefined,
  });
  return folder;
}
