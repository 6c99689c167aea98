/**
 * The AudioSet classes that the built-in tagger scores, in the order of its outputs
 * (docs/decisions/0040-sound-tagger.md). It does not know other AudioSet classes.
 */
export const VOCABULARY = [
  'Speech',
  'Baby cry, infant cry',
  'Crying, sobbing',
  'Sneeze',
  'Clapping',
  'Applause',
  'Animal',
  'Dog',
  'Bark',
  'Chicken, rooster',
  'Crowing, cock-a-doodle-doo',
  'Rain',
  'Water',
  'Ocean',
  'Waves, surf',
  'Fire',
  'Crackle',
  'Engine',
  'Helicopter',
  'Aircraft',
  'Chainsaw',
  'Clock',
  'Tick',
  'Tick-tock',
  'Alarm',
  'Telephone',
  'Telephone bell ringing',
  'Siren',
  'Smoke detector, smoke alarm',
  'Fire alarm',
  'Beep, bleep',
  'Sine wave',
  'White noise',
  'Pink noise',
  'Silence',
  'Musical instrument',
  'Guitar',
  'Acoustic guitar',
  'Plucked string instrument',
  'Bowed string instrument',
  'Violin, fiddle',
  'Cello',
  'Double bass',
  'Wind instrument, woodwind instrument',
  'Flute',
  'Saxophone',
  'Clarinet',
  'Percussion',
  'Drum',
  'Bass drum',
  'Snare drum',
  'Cymbal',
  'Hi-hat',
] as const;

/** The classes with which a kind of training sound is labelled; the names are AudioSet's. */
export interface NamingRule {
  /** Classes that are present. */
  readonly is: readonly string[];
  /** Classes that may be present: the teacher's score is the target. All other classes of `CLOSED` are absent. */
  readonly perhaps?: readonly string[];
}

/**
 * The classes that are absent from a recording or a synthesised sound of a known kind unless its rule names them. Of all other
 * classes of AudioSet the teacher decides.
 */
export const CLOSED: readonly string[] = VOCABULARY;

const STRINGS = ['Musical instrument', 'Bowed string instrument'] as const;
const WINDS = ['Musical instrument', 'Wind instrument, woodwind instrument'] as const;
const DRUMS = ['Musical instrument', 'Percussion'] as const;

/** Recorded kinds of sound, keyed by the folder that holds them in the ESC-10 and instrument collections. */
export const RECORDED: Readonly<Record<string, NamingRule>> = {
  dog_bark: { is: ['Dog', 'Bark', 'Animal'] },
  rain: { is: ['Rain'], perhaps: ['Water'] },
  sea_waves: { is: ['Ocean', 'Waves, surf'], perhaps: ['Water', 'White noise'] },
  baby_cry: { is: ['Baby cry, infant cry', 'Crying, sobbing'] },
  clock_tick: { is: ['Clock', 'Tick', 'Tick-tock'] },
  person_sneeze: { is: ['Sneeze'], perhaps: ['Speech'] },
  helicopter: { is: ['Helicopter', 'Aircraft'], perhaps: ['Engine'] },
  chainsaw: { is: ['Chainsaw'], perhaps: ['Engine'] },
  rooster: { is: ['Chicken, rooster', 'Crowing, cock-a-doodle-doo', 'Animal'] },
  fire_crackling: { is: ['Fire', 'Crackle'] },
  acoustic_guitar: { is: ['Musical instrument', 'Guitar', 'Acoustic guitar', 'Plucked string instrument'] },
  bass_drum: { is: [...DRUMS, 'Drum', 'Bass drum'] },
  snare_drum: { is: [...DRUMS, 'Drum', 'Snare drum'] },
  hi_hat: { is: [...DRUMS, 'Cymbal', 'Hi-hat'] },
  cello: { is: [...STRINGS, 'Cello'], perhaps: ['Plucked string instrument'] },
  double_bass: { is: [...STRINGS, 'Double bass'], perhaps: ['Plucked string instrument'] },
  violin_or_fiddle: { is: [...STRINGS, 'Violin, fiddle'], perhaps: ['Plucked string instrument'] },
  clarinet: { is: [...WINDS, 'Clarinet'] },
  flute: { is: [...WINDS, 'Flute'] },
  saxophone: { is: [...WINDS, 'Saxophone'] },
};
