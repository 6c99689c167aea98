/*
 * What counts as certain (docs/decisions/0057-grounded-words.md). The clips of bench/described and the demo films were looked
 * at while these were chosen, so figures on them are not figures on unseen data. Margins of detectors are in log-odds above the
 * score from which the pack counts a thing as there, because the scores of two detectors are not on one scale.
 */

/** A thing that is stated. At 1.55 YOLOX-nano takes a drawn pan for a chair, at 1.43 cymbals for wine glasses. */
export const THING_MARGIN = 1.6;
/** A thing that a label of the list supports as well. */
export const SUPPORTED_THING_MARGIN = 0.3;
/** People are rarely confused with anything else. */
export const PERSON_MARGIN = 0.35;
/** Looks at a thing, one per analysed picture. A single look is often wrong. */
export const MIN_LOOKS = 3;
/** A label seen without doubt: shorter and weaker ones were as often wrong as right. */
export const SEEN_EVENT = { confidence: 0.65, minSec: 4 } as const;

/** A sound that is named at once. */
export const CLEAR_SOUND = { confidence: 0.9, minSec: 2 } as const;
/** A sound that is named because it lasts. Not an instrument: these are confused with one another at 0.87 over 10 s. */
export const LASTING_SOUND = { confidence: 0.75, minSec: 5 } as const;
/** A sound of which only the kind is named. */
export const SOUND_KIND = { confidence: 0.7, minSec: 4 } as const;
/** Speech, of which taggers are surer than of other sounds. */
export const SPEECH = { confidence: 0.75, minSec: 2 } as const;

/** Camera movements whose magnitude is nearer to the border of its class than this are not stated. */
export const CAMERA_FROM = { pan: 0.06, tilt: 0.06, zoom: 0.05, handheld: 0.05, still: 0.02 } as const;

/** A colour covers at least this share of the picture to be called most of it, or, with a second one, named at all. */
export const COLOUR_SHARE = { most: 0.55, first: 0.3, second: 0.2, both: 0.65 } as const;

/** Motion across the picture, in picture widths or heights, while the camera stands still. */
export const MOTION_FROM = 0.2;
/** Share of the looks at which a person's face must show to be stated, at this confidence. */
export const FACE = { looks: 0.6, confidence: 0.75 } as const;
