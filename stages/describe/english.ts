/*
 * The language material of English: every word and every rule of grammar that the writer uses. Another language is a file
 * beside this one with the same exports.
 */

/** Nouns that are no plain count noun with a regular plural. */
const PLURALS: Readonly<Record<string, string>> = {
  person: 'people',
  sheep: 'sheep',
  knife: 'knives',
  mouse: 'mice',
  bus: 'buses',
  bench: 'benches',
  sandwich: 'sandwiches',
  couch: 'couches',
  toothbrush: 'toothbrushes',
  'wine glass': 'wine glasses',
  skis: 'pairs of skis',
  scissors: 'pairs of scissors',
  broccoli: 'pieces of broccoli',
};
const SINGULARS: Readonly<Record<string, string>> = {
  skis: 'a pair of skis',
  scissors: 'a pair of scissors',
  broccoli: 'a piece of broccoli',
  tv: 'a television',
};

/** A sound in a sentence: what makes it (`a dog`) or the sound itself (`speech`), with the number of its verb. */
export interface SoundWords {
  readonly text: string;
  readonly plural?: true;
  /** What it certainly is where the label itself is doubtful: networks confuse a cello with a guitar, not with a dog. */
  readonly kind?: string;
}

const STRINGS = 'a string instrument';
const ENGINE = 'an engine';
const ANIMAL = 'an animal';
const ALARM = 'an alarm or a bell';

const SOUNDS: Readonly<Record<string, SoundWords>> = {
  Speech: { text: 'speech' },
  'Male speech, man speaking': { text: 'speech' },
  'Female speech, woman speaking': { text: 'speech' },
  Singing: { text: 'singing' },
  Music: { text: 'music' },
  Cheering: { text: 'cheering' },
  Clapping: { text: 'clapping' },
  Applause: { text: 'applause' },
  Laughter: { text: 'laughter' },
  'Baby cry, infant cry': { text: 'the crying of a baby' },
  'Baby laughter': { text: 'the laughter of a baby' },
  Rain: { text: 'rain' },
  Thunder: { text: 'thunder' },
  Wind: { text: 'wind' },
  Water: { text: 'water' },
  Fire: { text: 'a fire' },
  'Frying (food)': { text: 'frying food' },
  Fireworks: { text: 'fireworks', plural: true },
  'Gunshot, gunfire': { text: 'gunfire' },
  'Telephone bell ringing': { text: 'a ringing telephone', kind: ALARM },
  'Fire alarm': { text: 'a fire alarm', kind: ALARM },
  'Smoke detector, smoke alarm': { text: 'a smoke alarm', kind: ALARM },
  Siren: { text: 'a siren' },
  Car: { text: 'a car', kind: ENGINE },
  Truck: { text: 'a truck', kind: ENGINE },
  Motorcycle: { text: 'a motorcycle', kind: ENGINE },
  Chainsaw: { text: 'a chainsaw', kind: ENGINE },
  Helicopter: { text: 'a helicopter', kind: ENGINE },
  'Lawn mower': { text: 'a lawn mower', kind: ENGINE },
  'Vacuum cleaner': { text: 'a vacuum cleaner', kind: ENGINE },
  Blender: { text: 'a blender', kind: ENGINE },
  Dog: { text: 'a dog', kind: ANIMAL },
  Cat: { text: 'a cat', kind: ANIMAL },
  'Chicken, rooster': { text: 'a chicken', kind: ANIMAL },
  'Acoustic guitar': { text: 'an acoustic guitar', kind: STRINGS },
  'Violin, fiddle': { text: 'a violin', kind: STRINGS },
  Cello: { text: 'a cello', kind: STRINGS },
  Banjo: { text: 'a banjo', kind: STRINGS },
  Accordion: { text: 'an accordion', kind: 'a musical instrument' },
  'Basketball bounce': { text: 'a bouncing basketball' },
};

/** Words for the label of a sound. A label of the user's own list is quoted, because its grammar is not known. */
export function soundWords(label: string): SoundWords {
  return Object.hasOwn(SOUNDS, label) && SOUNDS[label] ? SOUNDS[label] : { text: `a sound of the kind “${label}”` };
}

/** Kinds whose members networks confuse at any confidence below the highest. */
export function isInstrument(label: string): boolean {
  return soundWords(label).kind === STRINGS || label === 'Accordion';
}

export function withArticle(noun: string): string {
  return SINGULARS[noun] ?? `${/^[aeiou]/i.test(noun) ? 'an' : 'a'} ${noun}`;
}

const NUMBERS = ['no', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

export function numberWord(count: number): string {
  return NUMBERS[count] ?? String(count);
}

/** `a car`, `two people`; with an adjective `a mostly red car`. Beyond three, counts of a detector are too rough to state. */
export function countedNoun(noun: string, count: number, adjective = ''): string {
  const before = adjective === '' ? '' : `${adjective} `;
  if (count === 1) return adjective === '' ? withArticle(noun) : withArticle(`${before}${noun}`);
  const plural = PLURALS[noun] ?? (noun.endsWith('y') ? `${noun.slice(0, -1)}ies` : `${noun}s`);
  return `${count > 3 ? 'several' : numberWord(count)} ${before}${plural}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listText(items: readonly string[]): string {
  return items.length < 2 ? (items[0] ?? '') : `${items.slice(0, -1).join(', ')} and ${items.at(-1) ?? ''}`;
}

/** A time for reading: `0:04`. */
export function timeText(sec: number): string {
  const whole = Math.round(sec);
  const pad = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
}

/** A length as an adjective: `10-second`, `5-minute`. */
export function lengthAdjective(sec: number): string {
  if (sec < 1) return 'very short';
  if (sec < 90) return `${Math.round(sec)}-second`;
  return sec < 5400 ? `${Math.round(sec / 60)}-minute` : `${(sec / 3600).toFixed(1).replace('.0', '')}-hour`;
}

/** `throughout`, `from 0:03 to the end`, `until about 0:05`; several spans are listed. */
export function whenText(
  spans: readonly { startSec: number; endSec: number }[],
  whole: { startSec: number; endSec: number },
): string {
  const near = (a: number, b: number): boolean => Math.abs(a - b) < 0.75;
  const texts = spans.map(({ startSec, endSec }) => {
    const [fromStart, toEnd] = [near(startSec, whole.startSec), near(endSec, whole.endSec)];
    if (fromStart && toEnd) return 'throughout';
    if (fromStart) return `until about ${timeText(endSec)}`;
    if (toEnd) return `from about ${timeText(startSec)} to the end`;
    return timeText(startSec) === timeText(endSec)
      ? `at about ${timeText(startSec)}`
      : `from about ${timeText(startSec)} to ${timeText(endSec)}`;
  });
  return texts.length > 3 ? 'several times' : listText(texts);
}

export function ordinal(index: number): string {
  return ['first', 'second', 'third', 'fourth', 'fifth'][index] ?? `${index + 1}th`;
}

export const CAMERA_VERBS = {
  static: 'stays still',
  'pan-left': 'pans to the left',
  'pan-right': 'pans to the right',
  'tilt-up': 'tilts up',
  'tilt-down': 'tilts down',
  'zoom-in': 'zooms in',
  'zoom-out': 'zooms out',
  handheld: 'moves unsteadily',
} as const;

export const SHOT_TYPE_WORDS = {
  'extreme-close-up': 'extreme close-up',
  'close-up': 'close-up',
  'medium-close-up': 'medium close-up',
  medium: 'medium shot',
  full: 'full shot',
  long: 'long shot',
  'extreme-long': 'extreme long shot',
  unknown: 'unknown',
} as const;

const COLUMNS = ['left', '', 'right'] as const;
const ROWS = ['upper', '', 'lower'] as const;

/** Where in the picture, for a third across and a third down, each from 0: `at the upper left`, `in the middle`. */
export function placeText(column: number, row: number): string {
  const [across, down] = [COLUMNS[column] ?? '', ROWS[row] ?? ''];
  if (across === '') return down === '' ? 'in the middle' : `in the ${down} middle`;
  return down === '' ? `on the ${across}` : `at the ${down} ${across}`;
}

export function motionText(direction: string): string {
  return direction === 'left' || direction === 'right' ? `moves to the ${direction}` : `moves ${direction}`;
}

export function capitalised(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
