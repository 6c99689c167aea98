import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFixtures } from '../fixtures/make.js';
import type { FixtureTruth } from '../fixtures/truth.js';
import { humanModels } from '../models/graph/import-tfjs/testing/human-models.js';
import { eventsFileSchema, type EventsFile } from '../core/schemas/events.js';
import { objectsFileSchema, type ObjectsFile } from '../core/schemas/objects.js';
import { descriptionFileSchema, type DescriptionFile } from '../core/schemas/description.js';
import { scriptFileSchema } from '../core/schemas/script.js';
import { favdFaults } from '../stages/describe/favd-form.js';
import { earsight } from './earsight.js';
import { isTrue } from './statement-truth.js';

/** Positions of the person in `applause.mp4`, as fractions of width and height. */
const HEAD = [0.506, 0.475] as const;
const SHOULDERS = { 'left shoulder': [0.55, 0.575], 'right shoulder': [0.458, 0.58] } as const;

function distance([x, y]: readonly [number, number], [u, v]: readonly [number, number]): number {
  return Math.hypot(x - u, y - v);
}

/** Eleven seconds of a woman looking into the camera. */
const CLIP = join(import.meta.dirname, '../../shared/media/videos/misc/silence_girl.mp4');

let folder: string;
let truths: readonly FixtureTruth[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'earsight-built-in-'));
  truths = (await makeFixtures(join(folder, 'fixtures'), { only: ['demo/'] })).files;
  // Without a named pack and without a hub, the run uses the built-in pack.
  const inputs = [join(folder, 'fixtures/demo'), ...(existsSync(CLIP) ? [CLIP] : [])];
  const { code, stderr } = await earsight(
    ['run', ...inputs, '--out', join(folder, 'out'), '--offline', '--device', 'cpu'],
    { cwd: folder },
  );
  expect(code, stderr).toBe(0);
}, 600_000);

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

const textOf = async (video: string, name: string): Promise<string> =>
  await readFile(join(folder, 'out', video, name), 'utf8');
const objectsOf = async (video: string): Promise<ObjectsFile> =>
  objectsFileSchema.parse(JSON.parse(await textOf(video, 'objects.json')));
const eventsOf = async (video: string): Promise<EventsFile> =>
  eventsFileSchema.parse(JSON.parse(await textOf(video, 'events.json')));

describe.skipIf(humanModels() === undefined)(
  'the built-in pack on the demo videos (skipped without the optional package @vladmandic/human)',
  () => {
    it('detects every drawn object during its seconds', async () => {
      const visible = truths.flatMap(({ path, visible: things }) =>
        things.map((thing) => ({ video: path.replace('demo/', ''), ...thing })),
      );
      expect(visible.length).toBeGreaterThan(3);
      for (const { video, label, startSec, endSec } of visible) {
        const { tracks } = await objectsOf(video);
        const sightings = tracks.filter((track) => track.label === label).flatMap((track) => track.sightings);
        const within = sightings.filter(({ timeSec }) => timeSec >= startSec && timeSec < endSec);
        // There is one sighting per second, and one of the seconds may be missed.
        expect(within.length, `${label} in ${video}`).toBeGreaterThanOrEqual(Math.floor(endSec - startSec) - 1);
      }
    });

    it('gives a visual event for the car while it drives and none in other videos', async () => {
      const cars = (await eventsOf('street.mp4')).events.filter(({ label }) => label === 'Car');
      // The last second extends to the end of the file, where padded sound is 3 ms longer than the picture.
      const spans = cars.map(({ modality, startSec, endSec }) => [modality, startSec, Math.round(endSec * 100) / 100]);
      expect(spans).toContainEqual(['visual', 4, 9]);
      for (const video of ['study.mp4', 'kitchen.mp4', 'mountains.mp4', 'rainy-evening.mp4'])
        expect((await eventsOf(video)).events.filter(({ modality }) => modality === 'visual')).toEqual([]);
    });

    it('finds face and body of the clapping person where they were drawn', async () => {
      const { tracks, bodyPoints, models } = await objectsOf('applause.mp4');
      expect(models.map(({ role }) => role)).toEqual(['objects', 'faces', 'poses']);
      const [person] = tracks.filter(({ label }) => label === 'person');
      expect(person?.sightings.length).toBeGreaterThan(7);
      const withFace = (person?.sightings ?? []).filter(({ face }) => face !== undefined);
      // In one sighting the detected box ends at the chest, and the head is not searched for above it.
      expect(withFace.length).toBeGreaterThanOrEqual((person?.sightings.length ?? 0) - 1);
      for (const { face, points = [] } of withFace) {
        // The drawing sways by a hundredth of the picture. The person's left shoulder is on the right.
        expect(
          distance([(face?.x ?? 9) + (face?.width ?? 9) / 2, (face?.y ?? 9) + (face?.height ?? 9) / 2], HEAD),
        ).toBeLessThan(0.03);
        for (const [name, place] of Object.entries(SHOULDERS)) {
          const [x, y, confidence] = points[bodyPoints?.names.indexOf(name) ?? -1] ?? [9, 9, 0];
          expect(confidence).toBeGreaterThan(bodyPoints?.presentFrom ?? 1);
          expect(distance([x, y], place), name).toBeLessThan(0.04);
        }
      }
      // The other demo videos show no person.
      for (const video of [
        'street.mp4',
        'study.mp4',
        'kitchen.mp4',
        'garden.mp4',
        'mountains.mp4',
        'rainy-evening.mp4',
      ]) {
        const sightings = (await objectsOf(video)).tracks.flatMap(({ label, sightings }) =>
          sightings.map((look) => ({ label, ...look })),
        );
        expect(sightings.filter(({ label, face, points }) => label === 'face' || face || points)).toEqual([]);
      }
    });

    it.skipIf(!existsSync(CLIP))(
      'finds a real face in every second of a recorded clip (skipped without ../shared)',
      async () => {
        const { tracks } = await objectsOf('silence_girl.mp4');
        const sightings = tracks.filter(({ label }) => label === 'person').flatMap(({ sightings }) => sightings);
        const middles = sightings.flatMap(({ face }) =>
          face ? [[face.x + face.width / 2, face.y + face.height / 2]] : [],
        );
        expect(middles).toHaveLength(12);
        for (const [x = 0, y = 0] of middles) {
          expect(Math.abs(x - 0.49)).toBeLessThan(0.06);
          expect(Math.abs(y - 0.37)).toBeLessThan(0.12);
        }
        const page = await textOf('silence_girl.mp4', 'report.html');
        expect(page).toContain('blazeface');
        expect(page).toContain('movenet-lightning');
      },
    );

    it('gives the seven expected audio, visual and audio-visual events at their seconds', async () => {
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

    it('names the pack in events.json and on the report page', async () => {
      const { models } = await eventsOf('street.mp4');
      expect(new Set(models.map(({ pack }) => pack))).toEqual(new Set(['built-in']));
      expect(await textOf('street.mp4', 'report.html')).toContain('built-in');
    });
  },
);

describe('descriptions of films whose truth is known, with the built-in pack', () => {
  it('state nothing false', async () => {
    const wrong: string[] = [];
    let statements = 0;
    for (const truth of truths) {
      const { sentences } = descriptionFileSchema.parse(await read(truth, 'description.json'));
      for (const { text, phrases } of sentences)
        for (const phrase of phrases) {
          statements++;
          const verdict = isTrue(phrase.text, text, truth);
          if (verdict !== true)
            wrong.push(`${nameOf(truth)}: ${verdict === null ? 'unread' : 'false'}: "${phrase.text}" in "${text}"`);
        }
    }
    expect(wrong).toEqual([]);
    expect(statements).toBeGreaterThan(50);
  });

  it('are told apart from those of other films by the same reading', async () => {
    const film = (name: string): FixtureTruth => truths.filter(({ path }) => path === `demo/${name}`)[0] ?? never();
    const { sentences } = descriptionFileSchema.parse(await read(film('street.mp4'), 'description.json'));
    const verdicts = sentences.flatMap(({ text, phrases }) =>
      phrases.map((phrase) => isTrue(phrase.text, text, film('applause.mp4'))),
    );
    expect(verdicts.filter((verdict) => verdict === false).length).toBeGreaterThan(4);
  });

  it('say nine tenths of what the generator knows and the networks saw', async () => {
    const missing: string[] = [];
    let known = 0;
    for (const truth of truths) {
      const description = descriptionFileSchema.parse(await read(truth, 'description.json'));
      const { events } = eventsFileSchema.parse(await read(truth, 'events.json'));
      const say = (what: string, said: boolean): void => {
        known++;
        if (!said) missing.push(`${nameOf(truth)}: ${what}`);
      };
      const facts = (kind: string): string[] => factsOf(description, kind);
      for (const { label } of truth.audible)
        if (events.some((event) => event.modality === 'audio' && event.label === label && event.confidence >= 0.9))
          say(label, facts('sound').includes(label));
      for (const { label } of truth.visible)
        if (events.some((event) => event.modality === 'visual' && event.label.toLowerCase() === label))
          say(label, facts('count').includes(label));
      for (const { movement } of truth.shots) say(movement, facts('camera').includes(movement));
      say(
        'cuts',
        description.facts.some(({ kind, value }) => kind === 'cuts' && Number(value) === truth.cutsSec.length),
      );
    }
    expect(known).toBeGreaterThan(20);
    expect(missing.length / known, missing.join('; ')).toBeLessThanOrEqual(0.1);
  });

  it('have the form of FAVD where a film has a thing or several colours, a camera, a cut and a sound to tell', async () => {
    const faults = await Promise.all(
      truths.map(async (truth) =>
        favdFaults(descriptionFileSchema.parse(await read(truth, 'description.json')).sentences),
      ),
    );
    // Fewer than four sentences about the picture are allowed, because nothing is padded; everything else is not.
    expect(faults.flat().filter((fault) => !/^[23] sentences about what is seen$/.test(fault))).toEqual([]);
  });

  it('have a script with every scene of the generator, and its text', async () => {
    for (const truth of truths) {
      const { meta, data } = scriptFileSchema.parse(await read(truth, 'script.json'));
      expect(meta).toMatchObject({ num_clips: truth.shots.length, integrity: true });
      Object.values(data).forEach(({ closed, span }, at) => {
        expect(span.startSec).toBeCloseTo(truth.shots[at]?.startSec ?? -1, 1);
        if (closed.camera_movement !== 'unknown') expect(closed.camera_movement).toBe(truth.shots[at]?.movement);
      });
    }
  });
});

function factsOf({ facts }: DescriptionFile, kind: string): string[] {
  return facts.flatMap((fact) => (fact.kind === kind ? [fact.about] : []));
}

function never(): never {
  throw new Error('no such film');
}

async function read(truth: FixtureTruth, file: string): Promise<unknown> {
  return JSON.parse(await textOf(nameOf(truth), file));
}

function nameOf(truth: FixtureTruth): string {
  return truth.path.replace('demo/', '');
}
