import { audioFileSchema } from '../../core/schemas/audio.js';
import { eventsFileSchema } from '../../core/schemas/events.js';
import { objectsFileSchema } from '../../core/schemas/objects.js';
import { shotsFileSchema } from '../../core/schemas/shots.js';
import { transcriptFileSchema } from '../../core/schemas/transcript.js';
import type { Artefact } from '../../core/stage.js';
import { ENCODE_FILE, encodeInfoSchema } from '../encode/encode-info.js';
import { shotColours } from './facts/colours.js';
import { clipSpans, overlaps, type Span } from './facts/fact-list.js';
import type { ShotColours, VideoFacts } from './facts/video-facts.js';

/** The stages whose artefacts words are made from. */
export const WORDS_INPUTS = ['shots', 'sound', 'encode', 'track', 'parse', 'transcribe'] as const;

/** A two-hour film has thousands of shots; the colours of every one of these take about a second in all. */
const MOST_MEASURED_SHOTS = 200;

/** Reads everything that is known about a video, and measures the colours of its key frames. */
export async function readVideoFacts(
  inputs: Readonly<Record<(typeof WORDS_INPUTS)[number], Artefact>>,
  signal: AbortSignal,
): Promise<VideoFacts> {
  const file = await inputs.parse.json('events.json', eventsFileSchema);
  const { shots } = await inputs.shots.json('shots.json', shotsFileSchema);
  const audio = await inputs.sound.json('audio.json', audioFileSchema);
  const objects = await inputs.track.json('objects.json', objectsFileSchema);
  const { detectors } = await inputs.encode.json(ENCODE_FILE, encodeInfoSchema);
  const transcript = await inputs.transcribe.json('transcript.json', transcriptFileSchema);
  const colours = new Map<number, ShotColours>();
  for (const shot of shots.slice(0, MOST_MEASURED_SHOTS)) {
    signal.throwIfAborted();
    const measured = await shotColours(inputs.shots.folder, shot, objects);
    if (measured !== null) colours.set(shot.index, measured);
  }
  return {
    startSec: 0,
    endSec: file.source.durationSec,
    events: file.events,
    unseeable: new Set(file.uncovered.flatMap(({ label, modality }) => (modality === 'visual' ? [label] : []))),
    segmentSec: file.grid.segmentSec,
    objects,
    presentFrom: new Map(detectors.map(({ model, presentFrom }) => [model.sha256, presentFrom])),
    shots,
    colours,
    audio,
    spoken: transcript.utterances.filter(({ flags }) => transcript.keepDoubtful || flags.length === 0),
  };
}

/** The part of what is known that lies in a scene. */
export function factsWithin(video: VideoFacts, scene: Span, shots: VideoFacts['shots']): VideoFacts {
  const indices = new Set(shots.map(({ index }) => index));
  return {
    ...video,
    ...scene,
    shots,
    events: video.events.flatMap((event) => clipSpans([event], scene).map((span) => ({ ...event, ...span }))),
    objects: { ...video.objects, tracks: video.objects.tracks.filter(({ shot }) => indices.has(shot)) },
    spoken: video.spoken.filter((spoken) => overlaps(spoken, scene)),
  };
}
