import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { coverLabels } from './class-coverage.js';
import { indexClasses, matchClasses, normaliseName } from './class-names.js';
import { LLP_LABELS, parseLabelList } from './label-set.js';
import { LLP_MAPPING } from './llp-mapping.js';

const lite = join(import.meta.dirname, '../../../shared/models/lite');

describe('normaliseName and matchClasses', () => {
  it('compare names without case and punctuation', () => {
    expect(normaliseName('Crowing, cock-a-doodle-doo')).toBe('crowing cock a doodle doo');
    expect(matchClasses('Chain-Saw', indexClasses(['cello', 'chain_saw']))).toEqual([1]);
  });

  it('match a synonym in a display name only where no class has exactly the name', () => {
    expect(matchClasses('fiddle', indexClasses(['Violin, fiddle', 'Cello']))).toEqual([0]);
    expect(matchClasses('Speech', indexClasses(['Speech', 'Hubbub, speech']))).toEqual([0]);
    expect(matchClasses('lions', indexClasses(['Roaring cats (lions, tigers)']))).toEqual([]);
  });
});

describe('LLP_MAPPING', () => {
  it('has an entry for every class of the default set and no other', () => {
    expect(Object.keys(LLP_MAPPING)).toEqual(LLP_LABELS.map((label) => label.name));
  });

  it('does not count a visible person as speech, singing, clapping, cheering or laughter', () => {
    for (const label of ['Speech', 'Singing', 'Clapping', 'Cheering', 'Baby laughter'])
      expect([LLP_MAPPING[label]?.coco, LLP_MAPPING[label]?.imagenet]).toEqual([[], []]);
  });
});

describe('coverLabels', () => {
  const classes = ['beagle', 'pug', 'harp'];

  it('finds dog breeds through the mapping and other classes by name, and reports unmatched names', () => {
    const labels = parseLabelList('Dog|Bark\nHarp\nTheremin', 'list.txt');
    expect(coverLabels(labels, classes, 'imagenet')).toEqual({
      classesOf: [[0, 1], [2], []],
      unmatched: ['Bark', 'Theremin'],
    });
  });
});

describe.skipIf(!existsSync(lite))(
  'LLP_MAPPING with the class lists of the lite pack (skips without ../shared)',
  () => {
    const lines = (name: string): string[] => readFileSync(join(lite, name), 'utf8').trim().split(/\r?\n/);
    let audioset: readonly string[];
    let imagenet: readonly string[];
    let coco: readonly string[];
    // Read here because the body of a skipped suite still runs.
    beforeAll(() => {
      audioset = lines('audioset_527_class_labels_indices.csv')
        .slice(1)
        .map((line) => line.replace(/^\d+,[^,]+,/, '').replaceAll('"', ''));
      imagenet = lines('imagenet_1000_index_synset_name.tsv').map((line) => line.split('\t')[2] ?? '');
      coco = lines('coco_80.txt');
    });

    it('names only classes that exist in the lists', () => {
      const [sounds, things, boxes] = [indexClasses(audioset), indexClasses(imagenet), indexClasses(coco)];
      for (const entry of Object.values(LLP_MAPPING)) {
        for (const name of entry.audioset) expect(matchClasses(name, sounds), name).toHaveLength(1);
        for (const name of entry.imagenet) expect(matchClasses(name, things).length, name).toBeGreaterThan(0);
        for (const name of entry.coco) expect(matchClasses(name, boxes), name).toHaveLength(1);
      }
    });

    it('covers all of LLP by sound, and the visible classes by pictures', () => {
      expect(coverLabels(LLP_LABELS, audioset, 'audioset').unmatched).toEqual([]);
      const seen = coverLabels(LLP_LABELS, imagenet, 'imagenet').classesOf;
      const boxed = coverLabels(LLP_LABELS, coco, 'coco').classesOf;
      const uncovered = LLP_LABELS.filter((_, i) => seen[i]?.length === 0 && boxed[i]?.length === 0);
      expect(uncovered.map((label) => label.name)).toEqual([
        'Speech',
        'Cheering',
        'Fire alarm',
        'Singing',
        'Baby laughter',
        'Helicopter',
        'Baby cry, infant cry',
        'Blender',
        'Clapping',
      ]);
    });
  },
);
