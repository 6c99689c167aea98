/**
 * Compares the decisions of a pack's sound tagger with those of another pack's, its teacher, per second and class, on the real
 * clips that were never used for training. NAMES is a file with one class per line; by default all classes of the pack count.
 *
 *   node dist/bench/heard-agreement.js MEDIA_FOLDER TEACHER_PACK [PACK] [NAMES]
 */
import { readLabelFile } from '../models/manifest/label-file.js';
import { BUILT_IN } from '../models/packs/built-in.js';
import { agreementOn, f1Of } from './heard/agreement.js';
import { clipsFor } from './heard/clips.js';
import { openListener } from './heard/listener.js';

const [media, teacherPack, pack = BUILT_IN, names] = process.argv.slice(2);
if (media === undefined || teacherPack === undefined) {
  console.error('usage: heard-agreement MEDIA_FOLDER TEACHER_PACK [PACK]');
  process.exit(2);
}
const tagger = await openListener(pack);
const teacher = await openListener(teacherPack);
try {
  const real = (await clipsFor(media, tagger.sampleRateHz)).filter(({ path }) => /^videos\/(?!vript)/.test(path));
  const wanted = names === undefined ? tagger.classes : await readLabelFile(names, 'lines');
  const agreement = await agreementOn(real, tagger, teacher, wanted);
  const { clips, minutes, falseSeconds } = agreement;
  console.log(`${clips} clips, ${minutes.toFixed(2)} minutes, F1 ${f1Of(agreement).toFixed(3)}`);
  console.log(`false seconds per minute: ${(falseSeconds / minutes).toFixed(2)}`);
  console.log(JSON.stringify(agreement));
} finally {
  await tagger.close();
  await teacher.close();
}
