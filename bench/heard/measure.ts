import type { Use } from '../../models/tagger/recipe/split.js';
import { classFigures, falseAlarms, type ClassFigure, type FalseAlarms } from './classes.js';
import { clipsFor, hearAll, synthesisedClips } from './clips.js';
import { composedOnsets, type Onsets } from './composed.js';
import { rightKinds } from './kinds.js';
import { openListener } from './listener.js';
import { hearSpeech, speechCounts, type SpeechCounts } from './speech.js';

export interface HeardFigures {
  readonly esc10: ReturnType<typeof rightKinds>;
  readonly instruments: ReturnType<typeof rightKinds>;
  readonly speech: SpeechCounts;
  readonly classes: readonly ClassFigure[];
  readonly nameless: FalseAlarms;
  readonly recorded: FalseAlarms;
  readonly onsets: Onsets;
}

/** Composed tracks: about 120 events. */
const TRACKS = 48;

/** Everything the sound tagger of a pack is held to, on the sounds of a split. `names`: classes to look at one by one. */
export async function measureHeard(
  pack: string,
  media: string,
  names: readonly string[],
  use: Use = 'report',
): Promise<HeardFigures> {
  const listener = await openListener(pack);
  try {
    const clips = await clipsFor(media, use, listener.sampleRateHz);
    const heard = await hearAll(clips, listener);
    const drawn = await hearAll(synthesisedClips(listener.sampleRateHz), listener);
    return {
      esc10: rightKinds(heard, 'esc10'),
      instruments: rightKinds(heard, 'instruments'),
      speech: await speechCounts(await hearSpeech(clips, listener), heard, listener),
      classes: classFigures([...heard, ...drawn], names),
      ...falseAlarms(heard, names),
      onsets: await composedOnsets(clips, listener, TRACKS),
    };
  } finally {
    await listener.close();
  }
}
