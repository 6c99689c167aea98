import type { CameraMovement, Shot } from '../../../core/schemas/shots.js';
import type { Sentence } from '../../../core/schemas/description.js';
import { certainMovement } from '../facts/camera.js';
import type { Thing } from '../facts/things.js';
import type { ColourShare } from '../facts/video-facts.js';
import {
  CAMERA_VERBS,
  countedNoun,
  motionText,
  numberWord,
  ordinal,
  placeText,
  timeText,
  whenText,
} from '../english.js';
import { COLOUR_SHARE } from '../thresholds.js';
import { SentenceBuilder } from './sentence.js';
import type { Plan } from '../plan.js';

/** FAVD describes what is seen in at most this many sentences. */
const MOST_SENTENCES = 6;
/** Things with a sentence of their own; the others are listed. */
const MOST_OWN_SENTENCES = 2;
/** Shots that are told apart; a film of more is described as a whole. */
const MOST_TOLD_SHOTS = 3;

/** Things and people, then colours, camera and cuts. */
export function writeSeen(plan: Plan): (Sentence | null)[] {
  const { things, video } = plan;
  if (video.shots.length === 0) return [];
  const own = things.slice(0, MOST_OWN_SENTENCES).map((thing) => thingSentence(thing, plan));
  const others = things.slice(MOST_OWN_SENTENCES, MOST_OWN_SENTENCES + 4);
  const rest = new SentenceBuilder('seen');
  if (others.length > 0)
    rest
      .join('There ')
      .join(others.length === 1 && others[0]?.count.most === 1 ? 'is also ' : 'are also ')
      .list(others.map(({ label, count }) => ({ text: countedNoun(label, count.most), evidence: [count.fact] })));
  const sentences = [
    ...own,
    rest.build(),
    colourSentence(plan),
    cameraSentence(plan),
    cutSentence(plan),
    layoutSentence(plan),
    lightSentence(plan),
  ];
  return sentences.filter((one) => one !== null).slice(0, MOST_SENTENCES);
}

function thingSentence(thing: Thing, plan: Plan): Sentence | null {
  const { video, facts } = plan;
  const { label, count, place, motion, fills, face, spans } = thing;
  const sentence = new SentenceBuilder('seen');
  const colour = count.most === 1 && thing.tracks.length === 1 ? colourOf(thing, plan) : null;
  const noun = countedNoun(label, count.most, colour === null ? '' : `mostly ${colour.name}`);
  sentence.state(noun, count.fact, ...(colour === null ? [] : [colour.fact]));
  if (motion !== null) sentence.join(' ').state(motionText(motion.direction), motion.fact);
  else if (fills !== null) sentence.join(' ').state('fills most of the picture', fills);
  else if (place !== null)
    sentence.join(' is ').state(`${placeText(place.column, place.row)} of the picture`, place.fact);
  else sentence.join(count.most === 1 ? ' is ' : ' are ').state(sizeText(thing.area), thing.fact);
  const when = whenText(spans, video);
  if (
    when !== 'throughout' &&
    motion === null &&
    spans.length === 1 &&
    longerThanLooks(spans, video.endSec - video.startSec)
  )
    sentence
      .join(' ')
      .state(when, facts.add('thing', 'objects.json', label, when, { spans: [...spans], tracks: [...thing.tracks] }));
  if (face !== null) sentence.join(', ').state('with the face in view', face);
  return sentence.build();
}

/** A box of more than a third or less than a thirtieth of the picture is large or small to anybody. */
function sizeText(area: number): string {
  return area > 0.33 ? 'large in the picture' : area < 0.03 ? 'small in the picture' : 'in the picture';
}

/** The times of a thing are those of the looks at it, which lie a second apart; a start or an end means something from 3 s. */
function longerThanLooks(spans: Thing['spans'], durationSec: number): boolean {
  const [span] = spans;
  return span !== undefined && (span.startSec > 3 || span.endSec < durationSec - 3);
}

function colourOf(thing: Thing, { video, facts }: Plan): { name: string; fact: string } | null {
  for (const { index, keyFrame } of video.shots) {
    const [track] = thing.tracks;
    const [first] = track === undefined ? [] : (video.colours.get(index)?.ofTrack.get(track) ?? []);
    if (first === undefined || first.share < COLOUR_SHARE.most) continue;
    const at = keyFrame?.timeSec ?? 0;
    const rest = { spans: [{ startSec: at, endSec: at }], tracks: [...thing.tracks], shots: [index] };
    return { name: first.name, fact: facts.add('colour', 'keyframes', thing.label, first.name, rest) };
  }
  return null;
}

/** `mostly green`, `mainly green and blue`; null where no two colours cover enough. */
function colourText(shares: readonly ColourShare[]): string | null {
  const [first, second] = shares;
  if (first === undefined) return null;
  if (first.share >= COLOUR_SHARE.most) return `mostly ${first.name}`;
  if (second === undefined || first.share < COLOUR_SHARE.first || second.share < COLOUR_SHARE.second) return null;
  return first.share + second.share >= COLOUR_SHARE.both ? `mainly ${first.name} and ${second.name}` : null;
}

/** The picture's colours as a whole, or those of each of a few shots. */
function colourSentence({ video, facts }: Plan): Sentence | null {
  const sentence = new SentenceBuilder('seen');
  const told = video.shots.flatMap((shot, at) => {
    const text = colourText(video.colours.get(shot.index)?.whole ?? []);
    if (text === null) return [];
    return [{ shot, at, text }];
  });
  const factOf = (shots: readonly Shot[], text: string): string =>
    facts.add('colour', 'keyframes', '', text, { spans: shots.map(spanOf), shots: shots.map(({ index }) => index) });
  const [first] = told;
  if (first === undefined) return null;
  if (told.length === video.shots.length && told.every(({ text }) => text === first.text))
    return sentence.join('The picture is ').state(first.text, factOf(video.shots, first.text)).build();
  if (video.shots.length > MOST_TOLD_SHOTS) return null;
  told.forEach(({ shot, at, text }, place) => {
    sentence.join(place === 0 ? 'The picture is ' : place === told.length - 1 ? ' and ' : ', ');
    sentence.state(`${text} in the ${ordinal(at)} shot`, factOf([shot], text));
  });
  return sentence.build();
}

/** The upper and the lower part of a single shot, where each has a colour of its own. */
function layoutSentence({ video, facts }: Plan): Sentence | null {
  const [shot, ...others] = video.shots;
  const colours = shot && others.length === 0 ? video.colours.get(shot.index) : undefined;
  const [upper, lower] = [colours?.upper[0], colours?.lower[0]];
  if (!shot || !upper || !lower || upper.name === lower.name) return null;
  if (upper.share < COLOUR_SHARE.most || lower.share < COLOUR_SHARE.most) return null;
  const rest = { spans: [spanOf(shot)], shots: [shot.index] };
  return new SentenceBuilder('seen')
    .join('Its ')
    .state(`upper part is mostly ${upper.name}`, facts.add('colour', 'keyframes', 'upper third', upper.name, rest))
    .join(' and its ')
    .state(`lower part mostly ${lower.name}`, facts.add('colour', 'keyframes', 'lower third', lower.name, rest))
    .build();
}

function lightSentence({ video, facts }: Plan): Sentence | null {
  const levels = video.shots.map(({ index }) => video.colours.get(index)?.brightness ?? 0.5);
  const text = levels.every((level) => level < 0.2) ? 'dark' : levels.every((level) => level > 0.7) ? 'bright' : null;
  if (text === null) return null;
  const fact = facts.add('colour', 'keyframes', 'brightness', text, { spans: video.shots.map(spanOf) });
  return new SentenceBuilder('seen').join('It is ').state(`${text} all over`, fact).build();
}

function cameraSentence({ video, facts }: Plan): Sentence | null {
  const moves = video.shots.map((shot) => ({ shot, movement: certainMovement(shot) }));
  const factOf = (shots: readonly Shot[], movement: CameraMovement): string =>
    facts.add('camera', 'shots.json', movement, movement, {
      spans: shots.map(spanOf),
      shots: shots.map(({ index }) => index),
    });
  const sentence = new SentenceBuilder('seen');
  const known = moves.flatMap(({ shot, movement }) => (movement === null ? [] : [{ shot, movement }]));
  const [first] = known;
  if (first === undefined) return null;
  if (known.every(({ movement }) => movement === first.movement)) {
    if (known.length < moves.length && moves.length > MOST_TOLD_SHOTS) return mostShots(known, moves.length, factOf);
    const one = known.map(({ shot }) => shot);
    const text = `${CAMERA_VERBS[first.movement]}${known.length < moves.length ? ` in the ${one.map((shot) => ordinal(video.shots.indexOf(shot))).join(' and ')} shot` : ''}`;
    return sentence.join('The camera ').state(text, factOf(one, first.movement)).build();
  }
  if (moves.length > 2 * MOST_TOLD_SHOTS) return mostShots(known, moves.length, factOf);
  known.forEach(({ shot, movement }, place) => {
    const where = `in the ${ordinal(video.shots.indexOf(shot))} shot`;
    sentence.join(place === 0 ? '' : place === known.length - 1 ? ', and ' : ', ');
    sentence.state(`${where} ${place === 0 ? 'the camera' : 'it'} ${CAMERA_VERBS[movement]}`, factOf([shot], movement));
  });
  return sentence.build();
}

/** What the camera does in most of many shots; null where no movement is that frequent. */
function mostShots(
  known: readonly { shot: Shot; movement: CameraMovement }[],
  total: number,
  factOf: (shots: readonly Shot[], movement: CameraMovement) => string,
): Sentence | null {
  const counts = new Map<CameraMovement, Shot[]>();
  for (const { shot, movement } of known) counts.set(movement, [...(counts.get(movement) ?? []), shot]);
  const [most] = [...counts].sort((a, b) => b[1].length - a[1].length);
  if (most === undefined || most[1].length * 2 <= total) return null;
  return new SentenceBuilder('seen')
    .join('The camera ')
    .state(`${CAMERA_VERBS[most[0]]} in ${most[1].length} of ${total} shots`, factOf(most[1], most[0]))
    .build();
}

function cutSentence({ video, whole, cuts }: Plan): Sentence | null {
  const sentence = new SentenceBuilder('seen');
  const at = video.shots.slice(1).map(({ startSec }) => startSec);
  if (cuts === null || (whole === 'scene' && at.length === 0)) return null;
  if (at.length === 0) return sentence.join('It is ').state('one shot without a cut', cuts).build();
  if (at.length <= 4) {
    const times = at.map(
      (sec, index) => `${index === 0 ? '' : index === at.length - 1 ? ' and ' : ', '}${timeText(sec)}`,
    );
    return sentence
      .join(at.length === 1 ? 'The only cut is ' : 'Cuts are ')
      .state(`at ${times.join('')}`, cuts)
      .build();
  }
  const meanSec = (video.endSec - video.startSec) / video.shots.length;
  const text = `${numberWord(video.shots.length)} shots of ${meanSec < 2 ? meanSec.toFixed(1) : Math.round(meanSec)} seconds on average`;
  return sentence.join('It has ').state(text, cuts).build();
}

function spanOf({ startSec, endSec }: Shot): { startSec: number; endSec: number } {
  return { startSec, endSec };
}
