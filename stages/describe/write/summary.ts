import type { Sentence } from '../../../core/schemas/description.js';
import { countedNoun, lengthAdjective, numberWord, withArticle } from '../english.js';
import { SentenceBuilder } from './sentence.js';
import type { Plan } from '../plan.js';

/** Things and sounds in a summary: more do not fit into a sentence that is read at a glance. */
const MOST_THINGS = 3;
const MOST_SOUNDS = 2;

/** One sentence that sums the video up. */
export function writeSummary(plan: Plan): Sentence | null {
  const { video, things, length, cuts, soundTrack, loudness } = plan;
  const sentence = new SentenceBuilder('summary');
  const adjective = lengthAdjective(video.endSec - video.startSec);
  const shots = video.shots.length;
  if (shots === 0)
    sentence
      .state(withArticle(`${adjective} recording`), length)
      .join(' of ')
      .state('sound without a picture', soundTrack);
  else {
    sentence.state(`This ${adjective} ${plan.whole}`, length);
    if (things.length > 0)
      sentence
        .join(' shows ')
        .list(
          things
            .slice(0, MOST_THINGS)
            .map(({ label, count }) => ({ text: countedNoun(label, count.most), evidence: [count.fact] })),
        );
    else sentence.state(shots === 1 ? ' is a single shot' : ` has ${numberWord(shots)} shots`, cuts ?? length);
  }
  const sounds = soundsOf(plan).slice(0, MOST_SOUNDS);
  if (sounds.length > 0) {
    const plural = sounds.length > 1 || sounds[0]?.plural === true;
    sentence
      .join(shots === 0 ? ', in which ' : ', and ')
      .list(sounds)
      .join(plural ? ' are heard' : ' is heard');
  } else if (shots > 0 && loudness === null && video.audio.waveform.peaks.length === 0)
    sentence.join(' and ').state('has no sound track', soundTrack);
  else if (loudness?.shape === 'silent')
    sentence.join(' and ').state(shots === 0 ? 'is silent' : 'is silent', loudness.fact);
  return sentence.build();
}

function soundsOf({ sounds, speech }: Plan): { text: string; plural: boolean; evidence: readonly string[] }[] {
  const named = sounds
    .filter(({ label }) => label !== 'Speech')
    .map(({ text, plural, fact }) => ({ text, plural, evidence: [fact] }));
  return speech === null ? named : [{ text: 'speech', plural: false, evidence: speech.facts }, ...named];
}
