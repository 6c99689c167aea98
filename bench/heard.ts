/**
 * Evaluates the sound tagger of the built-in pack, and of another pack, on sounds that were never used for training:
 * `node dist/bench/heard.js MEDIA_FOLDER [OTHER_PACK]`
 */
import { BUILT_IN } from '../models/packs/built-in.js';
import { VOCABULARY } from '../models/tagger/vocabulary.js';
import { percent } from './heard/clips.js';
import { measureHeard, type HeardFigures } from './heard/measure.js';

const [media, other] = process.argv.slice(2);
if (media === undefined) {
  console.error('usage: heard MEDIA_FOLDER [OTHER_PACK]');
  process.exit(2);
}
for (const pack of [BUILT_IN, ...(other === undefined ? [] : [other])])
  print(pack, await measureHeard(pack, media, VOCABULARY));

function print(pack: string, { esc10, instruments, speech, classes, nameless, recorded, onsets }: HeardFigures): void {
  console.log(`# ${pack}`);
  console.log(`ESC-10 fold 4: ${esc10.right} of ${esc10.of}, ${percent(esc10)}; wrong: ${esc10.wrong.join(', ')}`);
  console.log(
    `instruments: ${instruments.right} of ${instruments.of}, ${percent(instruments)}; wrong: ${instruments.wrong.join(', ')}`,
  );
  console.log(`speech against silence ${percent(speech.silence)}`);
  for (const [kind, count] of Object.entries(speech.kinds))
    console.log(`speech against ${kind} ${percent(count)} of ${count.of}`);
  console.log(`onsets within a second: ${percent(onsets)} of ${onsets.of}; found ${onsets.found}`);
  for (const [name, { events, minutes }] of Object.entries({ nameless, recorded }))
    console.log(
      `false alarms, ${name} clips: ${events} in ${minutes.toFixed(2)} min, ${(events / minutes).toFixed(2)} a minute`,
    );
  for (const { name, positives, recorded, averagePrecision, recall } of classes)
    console.log(
      `  ${name}: AP ${averagePrecision.toFixed(3)}, recall ${recall.toFixed(2)} of ${positives}${recorded ? '' : ', synthesised'}`,
    );
}
