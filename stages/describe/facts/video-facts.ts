import type { AudioFile } from '../../../core/schemas/audio.js';
import type { EventsFile } from '../../../core/schemas/events.js';
import type { ObjectsFile } from '../../../core/schemas/objects.js';
import type { Shot } from '../../../core/schemas/shots.js';

/** A spoken sentence that is not in doubt. */
export interface Spoken {
  readonly startSec: number;
  readonly endSec: number;
  readonly text: string;
}

/** Everything that words are made from, for a video or for one scene of it. */
export interface VideoFacts {
  readonly startSec: number;
  readonly endSec: number;
  readonly events: EventsFile['events'];
  /** Labels that no network can see. */
  readonly unseeable: ReadonlySet<string>;
  readonly segmentSec: number;
  readonly objects: ObjectsFile;
  /** By the SHA-256 of the detector, the confidence from which it counts a thing as there. */
  readonly presentFrom: ReadonlyMap<string, number>;
  readonly shots: readonly Shot[];
  /** By the index of the shot. */
  readonly colours: ReadonlyMap<number, ShotColours>;
  readonly audio: AudioFile;
  readonly spoken: readonly Spoken[];
}

/** Shares of named colours in the key frame of a shot, largest first. */
export interface ShotColours {
  readonly whole: readonly ColourShare[];
  readonly upper: readonly ColourShare[];
  readonly lower: readonly ColourShare[];
  /** 0 (black) to 1 (white). */
  readonly brightness: number;
  /** By the id of the track, of those that show in the key frame. */
  readonly ofTrack: ReadonlyMap<number, readonly ColourShare[]>;
}

export interface ColourShare {
  readonly name: string;
  /** 0 to 1. */
  readonly share: number;
}
