import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFixtures } from '../fixtures/make.js';
import type { FixtureTruth } from '../fixtures/truth.js';
import { humanModels } from '../models/graph/import-tfjs/testing/human-models.js';
import { run } from '../pipeline/run/run.js';
import { eventsFileSchema, type EventsFile } from '../pipeline/schemas/events.js';
import { objectsFileSchema, type ObjectsFile } from '../pipeline/schemas/objects.js';

let folder: string;
let truths: readonly FixtureTruth[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-built-in-'));
  process.env['EARSIGHT_CACHE'] = join(folder, 'cache');
  truths = (await makeFixtures(join(folder, 'fixtures'), { only: ['demo/'] })).files;
  // No pack is named and no hub may be asked: the built-in one takes its place.
  await run({ inputs: [join(folder, 'fixtures/demo')], out: join(folder, 'out'), offline: true, device: 'cpu' });
}, 600_000);

afterAll(async () => {
  delete process.env['EARSIGHT_CACHE'];
  await rm(folder, { recursive: true, force: true });
});

const textOf = async (video: string, name: string): Promise<string> =>
  await readFile(join(folder, 'out', video, name), 'utf8');
const objectsOf = async (video: string): Promise<ObjectsFile> =>
  objectsFileSchema.parse(JSON.parse(await textOf(video, 'objects.json')));
const eventsOf = async (video: string): Promise<EventsFile> =>
  eventsFileSchema.parse(JSON.parse(await textOf(video, 'events.json')));

describe.skipIf(humanModels() === undefined)(
  'the demo videos without a hub (skipped without the optional package @vladmandic/human)',
  () => {
    it('shows every visible thing of the truth at its seconds', async () => {
      const visible = truths.flatMap(({ path, visible: things }) =>
        things.map((thing) => ({ video: path.replace('demo/', ''), ...thing })),
      );
      expect(visible.length).toBeGreaterThan(3);
      for (const { video, label, startSec, endSec } of visible) {
        const { tracks } = await objectsOf(video);
        const looks = tracks.filter((track) => track.label === label).flatMap((track) => track.sightings);
        const within = looks.filter(({ timeSec }) => timeSec >= startSec && timeSec < endSec);
        // A look a second; one of the truth's seconds may be missed.
        expect(within.length, `${label} in ${video}`).toBeGreaterThanOrEqual(Math.floor(endSec - startSec) - 1);
      }
    });

    it('makes a visual event of the car, where it drives and nowhere else', async () => {
      const cars = (await eventsOf('street.mp4')).events.filter(({ label }) => label === 'Car');
      expect(cars.map(({ modality, startSec, endSec }) => [modality, startSec, endSec])).toContainEqual([
        'visual',
        4,
        9,
      ]);
      for (const video of ['study.mp4', 'kitchen.mp4', 'mountains.mp4', 'rainy-evening.mp4'])
        expect((await eventsOf(video)).events.filter(({ modality }) => modality === 'visual')).toEqual([]);
    });

    it('ends with six kinds of labelled events, heard, seen and both, at their seconds', async () => {
      const wanted = [
        ['street.mp4', 'visual', 'Car', 4, 9],
        ['applause.mp4', 'audio', 'Clapping', 3, 8],
        ['applause.mp4', 'audio-visual', 'Clapping', 3, 8],
        ['garden.mp4', 'audio', 'Dog', 3, 7],
        ['kitchen.mp4', 'audio', 'Fire alarm', 3, 10],
        ['study.mp4', 'audio', 'Telephone bell ringing', 4.5, 9],
        ['rainy-evening.mp4', 'audio', 'Acoustic guitar', 5, 10],
      ] as const;
      for (const [video, modality, label, startSec, endSec] of wanted) {
        const found = (await eventsOf(video)).events.filter((e) => e.modality === modality && e.label === label);
        const name = `${modality} ${label} in ${video}`;
        expect(Math.abs((found[0]?.startSec ?? -9) - startSec), name).toBeLessThanOrEqual(1);
        expect(Math.abs((found.at(-1)?.endSec ?? -9) - endSec), name).toBeLessThanOrEqual(1);
      }
      const [both] = (await eventsOf('applause.mp4')).events.filter(({ modality }) => modality === 'audio-visual');
      expect(both?.seenAs).toBe('person');
    });

    it('says which pack spoke, on the page too', async () => {
      const { models } = await eventsOf('street.mp4');
      expect(new Set(models.map(({ pack }) => pack))).toEqual(new Set(['built-in']));
      expect(await textOf('street.mp4', 'report.html')).toContain('built-in');
    });
  },
);
