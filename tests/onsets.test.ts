import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURES_OUT, makeFixtures } from '../fixtures/make.js';
import type { FixtureTruth } from '../fixtures/truth.js';
import { openWatcher, type Watcher } from './watch-clip.js';

const LITE = join(import.meta.dirname, '../../shared/models/lite');

describe.skipIf(!existsSync(LITE))(
  'the events of synthetic sounds with the lite pack (skips without ../shared)',
  () => {
    let watcher: Watcher;
    let fixtures: readonly FixtureTruth[];
    beforeAll(async () => {
      watcher = await openWatcher(LITE, true);
      fixtures = (await makeFixtures(FIXTURES_OUT, { only: ['onsets/'] })).files;
    });
    afterAll(() => watcher.close());

    it(
      'start and end within one segment of the truth for at least half of the sounds',
      { timeout: 180_000 },
      async () => {
        const found: string[] = [];
        const off: string[] = [];
        for (const { path, audible } of fixtures)
          for (const { label, startSec, endSec } of audible) {
            const { events } = await watcher.watch(join(FIXTURES_OUT, path), label);
            const heard = events.events.filter((event) => event.modality === 'audio');
            if (heard.length === 0) continue;
            found.push(path);
            const start = Math.min(...heard.map((event) => event.startSec));
            const end = Math.max(...heard.map((event) => event.endSec));
            // Segments that contain some of the sound are exact; one more on either side is allowed.
            if (Math.abs(start - Math.floor(startSec)) > 1 || Math.abs(end - Math.ceil(endSec)) > 1)
              off.push(`${path} ${label}: ${startSec} to ${endSec} heard ${start} to ${end}`);
          }
        expect(off).toEqual([]);
        expect(found.length, `heard: ${found.join(', ')}`).toBeGreaterThanOrEqual(fixtures.length / 2);
      },
    );
  },
);
