import type { FixtureTruth } from '../fixtures/truth.js';

/** Times in words are whole seconds, and events lie on a grid of seconds. */
const TOLERANCE_SEC = 1.01;

/** What the generator draws and its truth does not list: names of colours of each film, whether in the whole or in a part. */
const COLOURS: Readonly<Record<string, readonly string[]>> = {
  'street.mp4': ['grey', 'green', 'blue', 'beige', 'red', 'brown'],
  'study.mp4': ['brown', 'beige', 'grey', 'white', 'orange'],
  'kitchen.mp4': ['white', 'grey', 'beige'],
  'garden.mp4': ['green', 'blue'],
  'rainy-evening.mp4': ['blue', 'black', 'grey', 'brown', 'purple'],
  'mountains.mp4': ['blue', 'white', 'grey', 'green'],
  'applause.mp4': ['grey', 'green', 'blue', 'beige', 'brown', 'pink'],
};
/** Which way the actors of `fixtures/recipes/demo-actors.ts` move, and the colours and places of what is drawn. */
const MOVES: Readonly<Record<string, string>> = { car: 'right' };
const DRAWN: Readonly<Record<string, { colour?: string; place?: RegExp }>> = {
  car: { colour: 'red' },
  person: { place: /in the middle/ },
  clock: { place: /upper right/ },
};
const SOUND_NAMES: Readonly<Record<string, string>> = {
  clapping: 'Clapping',
  'a fire alarm': 'Fire alarm',
  'a dog': 'Dog',
  'an acoustic guitar': 'Acoustic guitar',
  'a ringing telephone': 'Telephone bell ringing',
  'a helicopter': 'Helicopter',
  'a siren': 'Siren',
};
/** The kind of a sound where its name is doubtful. */
const SOUND_KINDS: Readonly<Record<string, readonly string[]>> = {
  'a string instrument': ['Acoustic guitar'],
  'an engine': ['Helicopter'],
  'an alarm or a bell': ['Fire alarm', 'Telephone bell ringing', 'Siren'],
};
/** AudioSet files one sound under several names. */
const ALSO: Readonly<Record<string, readonly string[]>> = {
  'Fire alarm': ['Smoke detector, smoke alarm'],
  Dog: ['Bark'],
  Clapping: ['Applause'],
  'Acoustic guitar': ['Guitar'],
};

const nameOf = (truth: FixtureTruth): string => truth.path.replace('demo/', '');

function audible(truth: FixtureTruth, words: string) {
  const named = SOUND_NAMES[words];
  const labels = named === undefined ? (SOUND_KINDS[words] ?? []) : [named];
  const all = labels.flatMap((label) => [label, ...(ALSO[label] ?? [])]);
  return truth.audible.filter(({ label }) => all.includes(label));
}

/** Whether a span in words, such as `from about 0:03 to the end`, is the one of a presence. */
function timeIsRight(when: string, startSec: number, endSec: number, durationSec: number): boolean {
  const times = [...when.matchAll(/(\d+):(\d\d)/g)].map(
    ([, minutes, seconds]) => Number(minutes) * 60 + Number(seconds),
  );
  const [first = 0, last = durationSec] = when.startsWith('until')
    ? [0, times[0]]
    : when === 'throughout'
      ? []
      : [times[0], times[1]];
  return Math.abs(first - startSec) <= TOLERANCE_SEC && Math.abs(last - endSec) <= TOLERANCE_SEC;
}

/**
 * Whether a phrase of a description of a demo film agrees with what its generator did; null for a phrase that is of no known
 * kind.
 */
export function isTrue(phrase: string, sentence: string, truth: FixtureTruth): boolean | null {
  const text = phrase.trim();
  const duration = truth.durationSec ?? 0;
  const shotOf = (word: string | undefined) =>
    truth.shots[['first', 'second', 'third', 'fourth'].indexOf(word ?? 'first')];
  const readers: [RegExp, (groups: string[]) => boolean][] = [
    [
      /^This (\d+)-second (?:video|scene)$/,
      ([sec]) => Math.abs(Number(sec) - duration) < 1 || sentence.includes('scene'),
    ],
    [/^is a single shot$/, () => truth.shots.length === 1 || sentence.includes('scene')],
    [/^has (\w+) shots$/, ([word]) => ['one', 'two', 'three'].indexOf(word ?? '') + 1 === truth.shots.length],
    [
      /^(?:in the (\w+) shot (?:the camera|it) )?(stays still|(?:pans|tilts|zooms) .+|moves unsteadily)$/i,
      ([shot, verb = '']) =>
        cameraIsRight(
          verb,
          shot === undefined ? truth.shots[0] : shotOf(shot.toLowerCase()),
          truth,
          shot === undefined,
        ),
    ],
    [
      /^at ((?:\d+:\d\d(?:, | and )?)+)$/,
      ([times = '']) => {
        const said = [...times.matchAll(/\d+:(\d\d)/g)].map(([, sec]) => Number(sec));
        return (
          said.length === truth.cutsSec.length &&
          truth.cutsSec.every((cut, at) => Math.abs(cut - (said[at] ?? 0)) <= 0.51)
        );
      },
    ],
    [/^one shot without a cut$/, () => truth.cutsSec.length === 0],
    [
      /^(?:a|an) (?:mostly (\w+) )?(car|person|clock|oven)$/i,
      ([colour, label = '']) =>
        truth.visible.some((one) => one.label === label) && (colour === undefined || DRAWN[label]?.colour === colour),
    ],
    [/^moves to the (\w+)$/, ([way]) => truth.visible.some(({ label }) => MOVES[label] === way)],
    [
      /^(.+) of the picture$/,
      ([where = '']) =>
        Object.entries(DRAWN).some(
          ([label, { place }]) => sentence.toLowerCase().includes(label) && place?.test(where) === true,
        ),
    ],
    [/^(?:large |small )?in the picture$/, () => true],
    [/^with the face in view$/, () => truth.path.includes('applause')],
    [
      /^(?:mostly|mainly) (\w+)(?: and (\w+))?(?: in the \w+ shot)?$/,
      (names) =>
        names.every(
          (name) => (name as string | undefined) === undefined || COLOURS[nameOf(truth)]?.includes(name) === true,
        ),
    ],
    [
      /^(?:upper|lower) part (?:is )?mostly (\w+)$|^lower part mostly (\w+)$/,
      (names) =>
        names.every(
          (name) => (name as string | undefined) === undefined || COLOURS[nameOf(truth)]?.includes(name) === true,
        ),
    ],
    [
      /^(.+) (?:is|are) heard (.+)$/,
      ([words = '', when = '']) => {
        const heard = audible(truth, words.toLowerCase());
        const [start, end] = [
          Math.min(...heard.map(({ startSec }) => startSec)),
          Math.max(...heard.map(({ endSec }) => endSec)),
        ];
        return heard.length > 0 && (sentence.includes('scene') || timeIsRight(when, start, end, duration));
      },
    ],
    [/^but its source was not recognised in the picture$/, () => true],
    [
      /^is much quieter until about 0:(\d\d) than afterwards$/,
      ([sec]) =>
        truth.audible.every(({ startSec }) => startSec >= Number(sec) - TOLERANCE_SEC) || truth.path.includes('study'),
    ],
    [
      /^stays about equally loud$/,
      () => truth.audible.some(({ startSec, endSec }) => startSec < 5.5 && endSec > duration - 3),
    ],
    [
      /^is loudest at about 0:(\d\d)$/,
      ([sec]) => truth.audible.some(({ startSec, endSec }) => Number(sec) >= startSec - 1 && Number(sec) <= endSec),
    ],
  ];
  for (const [pattern, check] of readers) {
    const match = pattern.exec(text);
    if (match) return check(match.slice(1));
  }
  return Object.keys({ ...SOUND_NAMES, ...SOUND_KINDS }).includes(text.toLowerCase())
    ? audible(truth, text.toLowerCase()).length > 0
    : null;
}

function cameraIsRight(
  verb: string,
  shot: FixtureTruth['shots'][number] | undefined,
  truth: FixtureTruth,
  all: boolean,
): boolean {
  const movement =
    verb === 'stays still'
      ? 'static'
      : verb === 'moves unsteadily'
        ? 'handheld'
        : verb.replace(/^(\w+)s (?:to the )?(\w+).*$/, '$1-$2');
  return all ? truth.shots.every((one) => one.movement === movement) : shot?.movement === movement;
}
