import { describe, expect, it } from 'vitest';
import type { VideoEvent } from '../../../core/schemas/events.js';
import type { ObjectTrack } from '../../../core/schemas/objects.js';
import { favdFaults } from '../favd-form.js';
import type { VideoFacts } from '../facts/video-facts.js';
import { writeVideo } from './write-video.js';

const DETECTOR = 'd'.repeat(64);

function trackOf(label: string, confidence: number, x: readonly number[], id = 0): ObjectTrack {
  const sightings = x.map((left, at) => ({
    ...{ timeSec: at + 0.5, frame: at, confidence, x: left, y: 0.4, width: 0.2, height: 0.2 },
  }));
  return { id, model: DETECTOR, label, shot: 0, startSec: 0.5, endSec: x.length - 0.5, confidence, sightings };
}

function heard(label: string, startSec: number, endSec: number, confidence: number): VideoEvent {
  return { modality: 'audio', label, startSec, endSec, confidence };
}

function video(change: Partial<VideoFacts> = {}, tracks: ObjectTrack[] = []): VideoFacts {
  const camera = { movement: 'static' as const, magnitude: 0.001 };
  const keyFrame = { timeSec: 2.5, path: 'keyframes/shot-0001.jpg' };
  const grass = [{ name: 'green', share: 0.8 }];
  const colours = {
    ...{ whole: grass, upper: [{ name: 'blue', share: 0.9 }], lower: grass, brightness: 0.5 },
    ofTrack: new Map([[0, [{ name: 'red', share: 0.9 }]]]),
  };
  return {
    ...{ startSec: 0, endSec: 6, events: [], unseeable: new Set<string>(), segmentSec: 1, spoken: [] },
    objects: { schema: 1, models: [], tracks },
    presentFrom: new Map([[DETECTOR, 0.3]]),
    shots: [{ index: 0, startSec: 0, endSec: 6, camera, keyFrame }],
    colours: new Map([[0, colours]]),
    audio: {
      ...{ schema: 1, integratedLufs: -20, loudnessRangeLu: 2, truePeakDbtp: -3, onsetsSec: [], silences: [] },
      ...{ segmentLufs: [-50, -50, -50, -20, -20, -20], speech: null, waveform: { binSec: 0.01, peaks: [0.5] } },
    },
    ...change,
  };
}

function textOf(facts: VideoFacts): string {
  return writeVideo(facts)
    .sentences.map(({ text }) => text)
    .join(' ');
}

const MOVING = [0, 0.15, 0.3, 0.45, 0.6, 0.75];

describe('writeVideo', () => {
  it('says what moves where, in which colours, what the camera does and what is heard when', () => {
    const text = textOf(video({ events: [heard('Siren', 3, 6, 0.95)] }, [trackOf('car', 0.9, MOVING)]));
    expect(text).toBe(
      'This 6-second video shows a car, and a siren is heard. A mostly red car moves to the right. The picture is mostly green. The camera stays still. It is one shot without a cut. Its upper part is mostly blue and its lower part mostly green. A siren is heard from about 0:03 to the end, but its source was not recognised in the picture. The sound is much quieter until about 0:03 than afterwards.',
    );
  });

  it('gives each phrase evidence that resolves, and phrases that stand in the sentence in their order', () => {
    const { sentences, facts } = writeVideo(
      video({ events: [heard('Siren', 3, 6, 0.95)] }, [trackOf('car', 0.9, MOVING)]),
    );
    const ids = new Set(facts.map(({ id }) => id));
    expect(ids.size).toBe(facts.length);
    for (const { text, phrases } of sentences) {
      let from = 0;
      for (const phrase of phrases) {
        from = text.indexOf(phrase.text, from);
        expect(from, `${phrase.text} in ${text}`).toBeGreaterThanOrEqual(0);
        from += phrase.text.length;
        expect(phrase.evidence.filter((id) => !ids.has(id))).toEqual([]);
      }
    }
  });

  it('has the form of FAVD where there is enough to say', () => {
    expect(
      favdFaults(writeVideo(video({ events: [heard('Siren', 3, 6, 0.95)] }, [trackOf('car', 0.9, MOVING)])).sentences),
    ).toEqual([]);
  });

  it('changes only the sentences about sound, and the end of the summary, with another sound', () => {
    const tracks = [trackOf('car', 0.9, MOVING)];
    const seen = (facts: VideoFacts): string[] =>
      writeVideo(facts).sentences.flatMap(({ about, text }) => (about === 'seen' ? [text] : []));
    const [siren, dog] = [
      video({ events: [heard('Siren', 3, 6, 0.95)] }, tracks),
      video({ events: [heard('Dog', 0, 3, 0.95)] }, tracks),
    ];
    expect(seen(siren)).toEqual(seen(dog));
    expect(textOf(dog)).toContain('A dog is heard until about 0:03');
    expect(textOf(dog)).not.toContain('siren');
  });

  it.each([
    ['a thing that the detector doubts', {}, [trackOf('chair', 0.45, MOVING)], 'chair'],
    ['a thing seen once', {}, [trackOf('car', 0.95, [0.4])], 'car'],
    ['a sound that is not certain', { events: [heard('Siren', 3, 6, 0.6)] }, [], 'siren'],
    ['a certain sound of a moment', { events: [heard('Siren', 3, 4, 0.95)] }, [], 'siren'],
  ] as const)('leaves out %s', (_, change, tracks, word) => {
    expect(
      textOf(video({ ...change, events: 'events' in change ? [...change.events] : [] }, [...tracks])),
    ).not.toContain(word);
  });

  it('names only the kind of an instrument that may be another one', () => {
    expect(textOf(video({ events: [heard('Cello', 0, 6, 0.85)] }))).toContain('a string instrument is heard');
    expect(textOf(video({ events: [heard('Cello', 0, 6, 0.95)] }))).toContain('a cello is heard');
  });

  it('does not say that something moves while the camera does', () => {
    const facts = video({}, [trackOf('car', 0.9, MOVING)]);
    const camera = { movement: 'pan-left' as const, magnitude: 0.2 };
    expect(textOf({ ...facts, shots: facts.shots.map((shot) => ({ ...shot, camera })) })).not.toContain('moves');
  });

  it('counts what is seen at once, boxes over the same place once', () => {
    const still = [0.1, 0.1, 0.1, 0.1];
    const two = [trackOf('person', 0.8, still), trackOf('person', 0.8, [0.6, 0.6, 0.6, 0.6], 1)];
    expect(textOf(video({}, two))).toContain('shows two people');
    expect(textOf(video({}, [trackOf('person', 0.8, still), trackOf('person', 0.8, [0.11, 0.11, 0.11], 1)]))).toContain(
      'shows a person',
    );
  });

  it('hears a voice from outside the picture, and quotes what is said', () => {
    const spoken = [{ startSec: 1, endSec: 4, text: 'Ask not what your country can do for you.' }];
    expect(textOf(video({ spoken }))).toContain(
      'Somebody speaks from about 0:01 to 0:04: “Ask not what your country can do for you”, with nobody recognised in the picture.',
    );
    expect(textOf(video({ spoken }, [trackOf('person', 0.8, MOVING)]))).toContain('with a person in the picture.');
  });

  it('has honest words for a file without sound, without a picture, and with neither', () => {
    const silent = { ...video().audio, waveform: { binSec: 0.01, peaks: [] }, segmentLufs: [] };
    expect(textOf(video({ audio: silent }))).toContain('There is no sound track.');
    expect(textOf(video({ shots: [], colours: new Map(), events: [heard('Rain', 0, 6, 0.95)] }))).toMatch(
      /^A 6-second recording of sound without a picture, in which rain is heard\. Rain is heard throughout\./,
    );
    expect(textOf(video({ audio: silent, shots: [], endSec: 0.2 }))).toMatch(/^A very short recording/);
  });

  it('quotes a label of an unknown list instead of guessing its grammar', () => {
    expect(textOf(video({ events: [heard('Zorbing 2', 0, 6, 0.95)] }))).toContain('a sound of the kind “Zorbing 2”');
  });
});
