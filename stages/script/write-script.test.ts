import { describe, expect, it } from 'vitest';
import { scriptFileSchema } from '../../core/schemas/script.js';
import type { Shot } from '../../core/schemas/shots.js';
import type { VideoFacts } from '../describe/facts/video-facts.js';
import { scenesOf, writeScript } from './write-script.js';

function shotsOf(...lengthsSec: number[]): Shot[] {
  let startSec = 0;
  return lengthsSec.map((length, index) => {
    const shot = {
      index,
      startSec,
      endSec: startSec + length,
      camera: { movement: 'pan-left', magnitude: 0.2 },
      keyFrame: null,
    };
    startSec += length;
    return shot as Shot;
  });
}

function video(shots: Shot[]): VideoFacts {
  return {
    ...{ startSec: 0, endSec: shots.at(-1)?.endSec ?? 1, unseeable: new Set(), segmentSec: 1, presentFrom: new Map() },
    ...{ shots, colours: new Map(), objects: { schema: 1, models: [], tracks: [] } },
    events: [{ modality: 'audio', label: 'Siren', startSec: 4, endSec: 8, confidence: 0.95 }],
    spoken: [{ startSec: 0.5, endSec: 2, text: 'Here we go.' }],
    audio: {
      ...{
        schema: 1,
        integratedLufs: -20,
        loudnessRangeLu: 2,
        truePeakDbtp: -3,
        onsetsSec: [],
        silences: [],
        speech: null,
      },
      ...{ segmentLufs: Array.from({ length: 8 }, () => -20), waveform: { binSec: 0.01, peaks: [0.5] } },
    },
  };
}

describe('writeScript', () => {
  it('has a scene for each shot, in the form of Vript, with what is seen, heard and said in it', () => {
    const script = scriptFileSchema.parse(writeScript(video(shotsOf(4, 4)), 'ab12', 'street'));
    expect(script.meta).toEqual({ video_id: 'ab12', video_title: 'street', num_clips: 2, integrity: true });
    expect(Object.keys(script.data)).toEqual(['ab12-Scene-001', 'ab12-Scene-002']);
    const [first, second] = Object.values(script.data);
    expect(first?.voiceover).toEqual(['Here we go.']);
    expect(first?.caption.content).not.toContain('siren');
    expect(first?.caption.camera_movement).toBe('The camera pans to the left.');
    expect(second?.caption.content).toContain('A siren is heard throughout');
    expect(second?.caption.scene_title).toBe('A siren');
    expect(second?.closed).toEqual({ shot_type: 'unknown', camera_movement: 'pan-left' });
  });

  it('joins shots of less than a second with their neighbour', () => {
    expect(scenesOf(shotsOf(0.4, 3, 0.5, 2)).map((scene) => scene.map(({ index }) => index))).toEqual([[0, 1, 2], [3]]);
  });

  it('says that a video without a picture has no whole script', () => {
    expect(writeScript(video([]), 'ab12', 'sound').meta).toMatchObject({ num_clips: 0, integrity: false });
  });
});
