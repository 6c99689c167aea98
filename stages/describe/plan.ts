import { FactList } from './facts/fact-list.js';
import { findLoudness, type Loudness } from './facts/loudness.js';
import { findSounds, findSpeech, type Sound } from './facts/sounds.js';
import { findThings, type Thing } from './facts/things.js';
import type { VideoFacts } from './facts/video-facts.js';

/** What is certain about a video or a scene, in the order in which the sentences speak of it. */
export interface Plan {
  readonly video: VideoFacts;
  /** What the sentences are about. */
  readonly whole: 'video' | 'scene';
  readonly facts: FactList;
  readonly things: readonly Thing[];
  readonly sounds: readonly Sound[];
  readonly speech: ReturnType<typeof findSpeech>;
  readonly loudness: Loudness | null;
  /** Id of the fact about the length. */
  readonly length: string;
  /** Id of the fact about the shots; null without a picture. */
  readonly cuts: string | null;
  readonly soundTrack: string;
}

export function planOf(video: VideoFacts, whole: Plan['whole'] = 'video'): Plan {
  const facts = new FactList();
  const { startSec, endSec, shots } = video;
  const always = { spans: [{ startSec, endSec }] };
  const length = facts.add('length', 'events.json', '', String(endSec - startSec), always);
  const cuts =
    shots.length === 0
      ? null
      : facts.add('cuts', 'shots.json', '', String(shots.length - 1), {
          spans: shots.slice(1).map((shot) => ({ startSec: shot.startSec, endSec: shot.startSec })),
          shots: shots.map(({ index }) => index),
        });
  const present = video.audio.waveform.peaks.length > 0;
  const soundTrack = facts.add('sound-track', 'audio.json', '', present ? 'present' : 'absent', always);
  const things = findThings(video, facts);
  const sounds = findSounds(video, facts);
  const speech = findSpeech(video, sounds, facts);
  return {
    video,
    whole,
    facts,
    things,
    sounds,
    speech,
    loudness: findLoudness(video, facts),
    length,
    cuts,
    soundTrack,
  };
}
