import { parentPort, workerData } from 'node:worker_threads';
import { exitIfStopped, type StopFlag, type WithId } from '../../../core/processes/thread-client.js';
import { LogMel } from '../../runtime/prepare/log-mel.js';
import { Random } from '../../train/random.js';
import { TAGGER_MEL } from '../front-end.js';
import type { MixingAnswer, MixingJob, MixingSetup } from './mixing-protocol.js';
import { drawMixture } from './mixture.js';
import { emptyExamples, noneOf, PICTURE, TARGETS, targetOf, toByte } from './examples.js';
import { SourceSounds } from './source-sounds.js';
import { Teacher, TEACHER_CLASSES } from './teacher.js';

/** Number of mixtures per batch of the teacher. */
const TEACHER_BATCH = 16;

const setup = workerData as MixingSetup & StopFlag;
const { recordings, samples, pack, presentFrom, seed } = setup;
const sources = new SourceSounds({ recordings, samples: new Int16Array(samples) });
const mel = new LogMel(TAGGER_MEL);
const teacher = await Teacher.open(pack, 1);

parentPort?.on('message', ({ id, ...job }: WithId<MixingJob>) => {
  exitIfStopped(setup);
  void mix(job).then(
    (examples) => {
      const { pictures, targets, logits, features } = examples;
      parentPort?.postMessage({ type: 'mixed', id, examples } satisfies MixingAnswer, [
        pictures.buffer,
        targets.buffer,
        logits.buffer,
        features.buffer,
      ] as ArrayBuffer[]);
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      parentPort?.postMessage({ type: 'failed', id, reason } satisfies MixingAnswer);
    },
  );
});

/** Draws a range of mixtures. Mixture n of a seed is the same in every thread. */
async function mix({ first, count }: MixingJob): Promise<ReturnType<typeof emptyExamples>> {
  const examples = emptyExamples(count);
  for (let from = 0; from < count; from += TEACHER_BATCH) {
    exitIfStopped(setup);
    const size = Math.min(TEACHER_BATCH, count - from);
    const pictures = new Float32Array(size * PICTURE);
    const labels: Int8Array[] = [];
    for (let i = 0; i < size; i++) {
      const mixture = drawMixture(sources, new Random(seed, first + from + i));
      mel.write(mixture.samples, pictures.subarray(i * PICTURE, (i + 1) * PICTURE), 'bands-frames');
      labels.push(mixture.labels);
    }
    const outputs = await teacher.predict(pictures, size);
    examples.pictures.set(Uint8Array.from(pictures, toByte), from * PICTURE);
    examples.logits.set(outputs.logits, (from * examples.logits.length) / count);
    examples.features.set(outputs.features, (from * examples.features.length) / count);
    labels.forEach((known, i) => {
      const targets = Float32Array.from({ length: TEACHER_CLASSES }, (_, c) =>
        targetOf(known[c] ?? 0, outputs.pooled[i * TEACHER_CLASSES + c] ?? 0, presentFrom[c] ?? 0),
      );
      const bytes = [...targets, noneOf(targets)].map((target) => Math.round(255 * target));
      examples.targets.set(bytes, (from + i) * TARGETS);
    });
  }
  return examples;
}
