import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labelsIn, openWatcher, type Watcher } from './watch-clip.js';

const SHARED = join(import.meta.dirname, '../../shared');
const LITE = join(SHARED, 'models/lite');
const VIDEOS = join(SHARED, 'media/videos');

/**
 * The labels that a person who knows the clips would write, with their names in AudioSet. Two clips are missing: AudioSet has no
 * bongo, and `ZYc410CE4Rg` has no label.
 */
const HEARD: readonly (readonly [clip: string, label: string])[] = [
  ['vggsound/-1pRmoJIGQc_10000_20000.mp4', 'Engine knocking'],
  ['vggsound/-Qowmc0P9ic_34000_44000.mp4', 'Bass drum'],
  ['vggsound/1aDnyPubxdY_118000_128000.mp4', 'Baby cry, infant cry'],
  ['vggsound/3HgbEKrbA9s_54000_64000.mp4', 'Double bass'],
  ['vggsound/3qesirWAGt4_20000_30000.mp4', 'Dog'],
  ['vggsound/53UdZyM9MyE_252000_262000.mp4', 'Ripping paper'],
  ['vggsound/6zlMP_kQ_-w_30000_40000.mp4', 'Harp'],
  ['vggsound/7fRaV39Y-2o_50000_60000.mp4', 'Waterfall'],
  ['vas/baby_video_01951.mp4', 'Baby cry, infant cry'],
  ['vas/cough_video_00331.mp4', 'Cough'],
  ['vas/dog_video_02754.mp4', 'Dog'],
  ['vas/drum_video_02480.mp4', 'Drum'],
  ['vas/fireworks_video_02997.mp4', 'Fireworks'],
  ['vas/fireworks_video_03051.mp4', 'Fireworks'],
  ['vas/hammer_video_00323.mp4', 'Hammer'],
];
const LIST = [
  'Engine knocking',
  'Bass drum',
  'Baby cry, infant cry',
  'Double bass',
  'Dog|Bark',
  'Ripping paper|Tearing',
  'Harp',
  'Waterfall',
  'Cough',
  'Drum',
  'Fireworks',
  'Hammer',
].join('\n');

describe.skipIf(!existsSync(LITE) || !existsSync(VIDEOS))(
  'real clips with the lite pack (skips without ../shared)',
  () => {
    let watcher: Watcher;
    beforeAll(async () => {
      watcher = await openWatcher(LITE);
    });
    afterAll(() => watcher.close());

    it.each(HEARD)('%s has an audio event for %s', async (clip, label) => {
      const { events } = await watcher.watch(join(VIDEOS, clip), LIST);
      expect(labelsIn(events, 'audio')).toContain(label);
    });

    it('a clip of a man and his dog has audio events for both, visual events for the dog and none for speech', async () => {
      const { events } = await watcher.watch(join(VIDEOS, 'llp/BjCEufrlXm4.mp4'));
      expect(labelsIn(events, 'audio')).toEqual(expect.arrayContaining(['Speech', 'Dog']));
      expect(labelsIn(events, 'visual')).toContain('Dog');
      expect(labelsIn(events, 'audio-visual')).toContain('Dog');
      expect(events.uncovered).toContainEqual({ label: 'Speech', modality: 'visual' });
      expect(events.models.map(({ role }) => role).sort()).toEqual(['audio-tags', 'image-tags', 'objects']);
    });
  },
);
