/** The 25 classes of LLP in the order of the authors' code (YapengTian/AVVP-ECCV20, dataloader.py). */
export const LLP_CLASSES = [
  'Speech',
  'Car',
  'Cheering',
  'Dog',
  'Cat',
  'Frying_(food)',
  'Basketball_bounce',
  'Fire_alarm',
  'Chainsaw',
  'Cello',
  'Banjo',
  'Singing',
  'Chicken_rooster',
  'Violin_fiddle',
  'Vacuum_cleaner',
  'Baby_laughter',
  'Accordion',
  'Lawn_mower',
  'Motorcycle',
  'Helicopter',
  'Acoustic_guitar',
  'Telephone_bell_ringing',
  'Baby_cry_infant_cry',
  'Blender',
  'Clapping',
] as const;

/** Segments of one second in a video of LLP. */
export const LLP_SEGMENTS = 10;
