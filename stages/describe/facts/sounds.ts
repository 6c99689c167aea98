import { isInstrument, soundWords } from '../english.js';
import { CLEAR_SOUND, LASTING_SOUND, SOUND_KIND, SPEECH } from '../thresholds.js';
import { clipSpans, joinSpans, overlaps, totalSec, type FactList, type Span } from './fact-list.js';
import type { VideoFacts } from './video-facts.js';

export interface Sound {
  readonly label: string;
  /** What it is called, which may be only its kind. */
  readonly text: string;
  readonly plural: boolean;
  readonly spans: readonly Span[];
  readonly fact: string;
  /** Whether a thing of the same label shows meanwhile; null where no network could see it. */
  readonly seen: { readonly is: boolean; readonly fact: string } | null;
}

const SPEECH_LABEL = 'Speech';

/** The sounds that are certain enough to be named, the longest first. */
export function findSounds(video: VideoFacts, facts: FactList): Sound[] {
  const byLabel = new Map<string, typeof video.events>();
  for (const event of video.events)
    if (event.modality === 'audio') byLabel.set(event.label, [...(byLabel.get(event.label) ?? []), event]);
  const sounds: Sound[] = [];
  const kinds = new Set<string>();
  for (const [label, all] of byLabel) {
    const events = all.filter((event) => certaintyOf(label, event) !== null);
    if (events.length === 0) continue;
    const named = events.some((event) => certaintyOf(label, event) === 'name');
    const words = soundWords(label);
    const text = named ? words.text : (words.kind ?? words.text);
    if (!named && kinds.has(text)) continue;
    kinds.add(text);
    // Its weaker stretches are the same sound as its certain one.
    const spans = joinSpans(named ? all : events, video.segmentSec);
    const confidence = Math.max(...events.map((event) => event.confidence));
    sounds.push({
      label,
      text,
      plural: named && words.plural === true,
      spans,
      fact: facts.add('sound', 'events.json', label, named ? label : text, { spans, confidence }),
      seen: named && label !== SPEECH_LABEL ? seenMeanwhile(label, spans, video, facts) : null,
    });
  }
  return withoutMembers(sounds).sort((a, b) => totalSec(b.spans) - totalSec(a.spans) || (a.label < b.label ? -1 : 1));
}

function certaintyOf(label: string, event: VideoFacts['events'][number]): 'name' | 'kind' | null {
  const lengthSec = event.endSec - event.startSec;
  const reaches = (rule: { confidence: number; minSec: number }): boolean =>
    event.confidence >= rule.confidence && lengthSec >= rule.minSec;
  if (label === SPEECH_LABEL) return reaches(SPEECH) ? 'name' : null;
  if (reaches(CLEAR_SOUND) || (reaches(LASTING_SOUND) && !isInstrument(label))) return 'name';
  return reaches(SOUND_KIND) && soundWords(label).kind !== undefined ? 'kind' : null;
}

/** Leaves out `a string instrument` beside `a violin`. */
function withoutMembers(sounds: readonly Sound[]): Sound[] {
  return sounds.filter(
    (sound) =>
      !sounds.some(
        (other) =>
          other.label !== sound.label && soundWords(other.label).kind === sound.text && other.text !== sound.text,
      ),
  );
}

function seenMeanwhile(label: string, spans: readonly Span[], video: VideoFacts, facts: FactList): Sound['seen'] {
  if (video.unseeable.has(label) || video.shots.length === 0) return null;
  const seen = video.events.filter((event) => event.label === label && event.modality === 'visual');
  const together = seen.filter((event) => spans.some((span) => overlaps(span, event)));
  if (together.length > 0) {
    // A doubtful sight neither shows the source nor shows that it is missing.
    const certain = together.filter((event) => event.confidence >= 0.6 && event.endSec - event.startSec >= 2);
    return certain.length === 0
      ? null
      : { is: true, fact: facts.add('source-seen', 'events.json', label, 'seen', { spans: joinSpans(certain, 1) }) };
  }
  return {
    is: false,
    fact: facts.add('unseen', 'events.json', label, 'not recognised in the picture', { spans: [...spans] }),
  };
}

/** Where somebody certainly speaks. Null where nothing is known. */
export function findSpeech(
  video: VideoFacts,
  sounds: readonly Sound[],
  facts: FactList,
): { spans: Span[]; facts: string[] } | null {
  const tagged = sounds.find(({ label }) => label === SPEECH_LABEL);
  const spokenSpans = joinSpans(video.spoken, 1.5);
  if (spokenSpans.length > 0)
    return {
      spans: spokenSpans,
      facts: [facts.add('words', 'transcript.json', SPEECH_LABEL, 'words', { spans: spokenSpans })],
    };
  if (tagged === undefined) return null;
  if (video.audio.speech === null) return { spans: [...tagged.spans], facts: [tagged.fact] };
  const spans = joinSpans(
    tagged.spans.flatMap((span) => clipSpans(video.audio.speech ?? [], span)),
    1.5,
  );
  // The tagger and the speech detector must agree.
  if (totalSec(spans) < 1) return null;
  return { spans, facts: [tagged.fact, facts.add('speech', 'audio.json', SPEECH_LABEL, 'speech', { spans })] };
}
