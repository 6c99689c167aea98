import type { Sentence } from '../../../core/schemas/description.js';
import { timeText, whenText } from '../english.js';
import { overlaps, type Span } from '../facts/fact-list.js';
import type { Loudness } from '../facts/loudness.js';
import { SentenceBuilder } from './sentence.js';
import type { Plan } from '../plan.js';

/** FAVD describes what is heard in at most this many sentences. */
const MOST_SENTENCES = 2;
/** Sounds that are listed in one sentence. */
const MOST_SOUNDS = 3;
/** Words that are quoted of what is said. */
const MOST_WORDS = 14;

/** What is heard, when, and whether its source shows; then speech and loudness. */
export function writeHeard(plan: Plan): (Sentence | null)[] {
  const { video, soundTrack } = plan;
  if (video.audio.waveform.peaks.length === 0)
    return video.shots.length === 0
      ? []
      : [new SentenceBuilder('heard').state('there is no sound track', soundTrack).build()];
  return [soundSentence(plan), speechSentence(plan), loudnessSentence(plan)]
    .filter((one) => one !== null)
    .slice(0, MOST_SENTENCES);
}

function soundSentence(plan: Plan): Sentence | null {
  const sounds = plan.sounds.filter(({ label }) => label !== 'Speech').slice(0, MOST_SOUNDS);
  if (sounds.length === 0) return null;
  const sentence = new SentenceBuilder('heard');
  sounds.forEach(({ text, plural, spans, fact }, at) => {
    if (at > 0) sentence.join(at === sounds.length - 1 ? ', and ' : ', ');
    sentence.state(`${text} ${plural ? 'are' : 'is'} heard ${whenText(spans, plan.video)}`, fact);
  });
  const [only] = sounds;
  if (sounds.length === 1 && only?.seen != null)
    if (only.seen.is) sentence.join(', ').state('and its source is in the picture', only.seen.fact, only.fact);
    else sentence.join(', ').state('but its source was not recognised in the picture', only.seen.fact, only.fact);
  return sentence.build();
}

function speechSentence(plan: Plan): Sentence | null {
  const { video, speech, things, facts } = plan;
  if (speech === null) return null;
  const sentence = new SentenceBuilder('heard').state(
    `somebody speaks ${whenText(speech.spans, video)}`,
    ...speech.facts,
  );
  const words = video.spoken[0]?.text.split(/\s+/) ?? [];
  if (words.length > 0) {
    const more = words.length > MOST_WORDS || video.spoken.length > 1;
    const quoted = words
      .slice(0, MOST_WORDS)
      .join(' ')
      .replace(/[.,;:]+$/, '');
    sentence.join(': ').state(`“${quoted}${more ? ' …' : ''}”`, ...speech.facts);
  }
  const person = things.find(({ label }) => label === 'person');
  if (person?.spans.some((span) => speech.spans.some((spoken) => overlaps(span, spoken))) === true)
    sentence.join(', ').state(`with ${person.count.most === 1 ? 'a person' : 'people'} in the picture`, person.fact);
  else if (video.shots.length > 0 && video.presentFrom.size > 0 && !anybodyDuring(speech.spans, plan))
    sentence
      .join(', ')
      .state(
        'with nobody recognised in the picture',
        facts.add('unseen', 'objects.json', 'person', 'not recognised', { spans: [...speech.spans] }),
      );
  return sentence.build();
}

/** Whether anything like a person was found meanwhile, however doubtful. */
function anybodyDuring(spans: readonly Span[], { video }: Plan): boolean {
  return video.objects.tracks.some(
    (track) =>
      ['person', 'face'].includes(track.label) &&
      spans.some((span) => overlaps(span, { startSec: track.startSec - 1, endSec: track.endSec + 1 })),
  );
}

function loudnessSentence(plan: Plan): Sentence | null {
  const { loudness, video } = plan;
  const sentence = new SentenceBuilder('heard').join('The sound ');
  return loudness === null ? null : sentence.state(shapeText(loudness, video), loudness.fact).build();
}

function shapeText({ shape, span }: Loudness, whole: Span): string {
  if (shape === 'silent') return 'is silent throughout';
  if (shape === 'steady') return 'stays about equally loud';
  if (shape === 'peak') return `is loudest at about ${timeText(span.startSec)}`;
  return `is much quieter ${whenText([span], whole)} than afterwards`.replace(
    'than afterwards',
    shape === 'quiet-start' ? 'than afterwards' : 'than before',
  );
}
