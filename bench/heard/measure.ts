import { classFigures, falseAlarms, type ClassFigure, type FalseAlarms } from './classes.js';
import { clipsFor, hearAll, ownNames, synthesisedClips, type Count, type HeardClip } from './clips.js';
import { composedOnsets, type Onsets } from './composed.js';
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

/** Number of composed tracks, which contain about 120 events. */
const TRACKS = 48;

/** Evaluates the sound tagger of a pack on the report split. @param names classes that are evaluated one by one */
export async function measureHeard(pack: string, media: string, names: readonly string[]): Promise<HeardFigures> {
  const listener = await openListener(pack);
  try {
    const clips = await clipsFor(media, listener.sampleRateHz);
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

/** Counts the clips of a collection whose own kind has the highest score among the kinds of the collection. */
function rightKinds(
  clips: readonly HeardClip[],
  collection: 'esc10' | 'instruments',
): Count & { readonly wrong: readonly string[] } {
  const own = clips.filter(({ path }) => path.startsWith(`audio/${collection}/`));
  const kinds = [...new Set(own.map(({ kind }) => kind))];
  const wrong = own.flatMap(({ kind, path, heard }) => {
    const scores = kinds.map((name) => heard.best(ownNames(name)));
    const predicted = kinds[scores.indexOf(Math.max(...scores))];
    return predicted === kind ? [] : [`${path.split('/').slice(-2).join('/')}: ${predicted ?? 'nothing'}`];
  });
  return { right: own.length - wrong.length, of: own.length, wrong };
}
