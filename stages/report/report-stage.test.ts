import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toldWarning, warningOf } from '../../core/warnings.js';
import { CHROMIUM_IS_HERE, NEEDS_CHROMIUM, launchChromium, openFromDisk, overflowOf } from '../../tests/chromium.js';
import { PERSON_COLOUR, coloursIn, hasColour } from '../../tests/canvas-colours.js';
import type { Sample } from '../../tests/sample-artefacts.js';
import { CLIP, makeReport } from './testing/make-report.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'earsight-report-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const reportOf = (sample: Sample): Promise<string> => makeReport(sample, root);

describe.skipIf(!CHROMIUM_IS_HERE)(`reportStage: report.html in a browser${NEEDS_CHROMIUM}`, () => {
  let browser: Browser;
  let clip: string;
  beforeAll(async () => {
    browser = await launchChromium();
    clip = join(await reportOf(CLIP), 'report.html');
  });
  afterAll(() => browser.close());

  const valueOf = (page: Page): Promise<string | null> => page.locator('#timeline').getAttribute('aria-valuenow');
  const textOf = (page: Page): Promise<string | null> => page.locator('#timeline').getAttribute('aria-valuetext');

  it('distinguishes a label that no network covers from one that is covered by sound only', async () => {
    const { page } = await openFromDisk(browser, clip);
    const notices = await page.locator('.notice').allTextContents();
    expect(notices).toContain('A label that no network knows: Helicopter');
    expect(notices).toContain('A label known by one sense only: Banjo heard');
    await page.context().close();
  });

  it.each([
    { what: 'a silent film', change: { sound: false }, says: '2 labels that no network can see' },
    {
      what: 'a sound file',
      change: { shots: 0 },
      says: 'A label that no network can hear: Helicopter',
    },
  ])('names only labels of the modality that $what has', async ({ change, says }) => {
    const { page } = await openFromDisk(browser, join(await reportOf({ ...CLIP, ...change }), 'report.html'));
    expect((await page.locator('.notice').allTextContents()).join('\n')).toContain(says);
    await page.context().close();
  });

  it.each([
    { width: 1280, colorScheme: 'light' as const },
    { width: 1280, colorScheme: 'dark' as const },
    { width: 390, colorScheme: 'light' as const },
    { width: 390, colorScheme: 'dark' as const },
  ])(
    'fits a window $width pixels wide in $colorScheme mode, with key frames and lanes drawn',
    async ({ width, colorScheme }) => {
      const { page, troubles } = await openFromDisk(browser, clip, { viewport: { width, height: 900 }, colorScheme });
      expect(await overflowOf(page)).toBe(0);
      expect(await page.locator('h1').textContent()).toBe('dog and cello.mp4');
      await expect.poll(() => coloursIn(page, '.frames')).toBeGreaterThan(200);
      expect(await coloursIn(page, '.wave')).toBeGreaterThan(3);
      expect(await page.locator('.lane:visible').count()).toBe(9);
      for (const lane of await page.locator('.lane:visible').all())
        expect((await lane.boundingBox())?.width).toBeGreaterThan(200);
      expect(await coloursIn(page, '.lane')).toBeGreaterThan(5);
      expect(troubles).toEqual([]);
    },
  );

  it('moves by segments, rows and events with the keyboard, and describes the position to screen readers', async () => {
    const { page, troubles } = await openFromDisk(browser, clip);
    await page.locator('#timeline').focus();
    const press = async (...keys: string[]): Promise<string | null> => {
      for (const key of keys) await page.keyboard.press(key);
      return valueOf(page);
    };
    expect(await press('ArrowRight', 'ArrowRight')).toBe('2.000');
    expect(await press('Shift+ArrowRight')).toBe('12.000');
    expect(await press('ArrowLeft')).toBe('11.000');
    expect(await press('End')).toBe('42.500');
    expect(await press('ArrowLeft')).toBe('42.000');
    expect(await press('Home')).toBe('0.000');
    expect(await textOf(page)).toContain('Shot 1 of 7');
    await press('ArrowDown');
    expect(await textOf(page)).toContain('LUFS');
    await press('ArrowDown');
    expect(await textOf(page)).toMatch(/0:00 – 0:01: (Speech|Dog|Car), heard · score 0\.\d\d/);
    await press('Home', 'n');
    const first = await valueOf(page);
    expect(await textOf(page)).toMatch(/event .+ confidence/);
    await press('n', 'n', 'p', 'p');
    expect(await valueOf(page)).toBe(first);
    await press('+', '+');
    expect(await press('Home')).toBe('0.000');
    await press('?');
    expect(await page.locator('dialog').isVisible()).toBe(true);
    await press('Escape');
    expect(troubles).toEqual([]);
  });

  it('lets the Tab key stop only at visible elements', async () => {
    const { page } = await openFromDisk(browser, clip);
    const stops: string[] = [];
    for (;;) {
      await page.keyboard.press('Tab');
      const focused = page.locator(':focus');
      if ((await focused.count()) === 0 || stops.length > 40) break;
      const { width, height } = (await focused.boundingBox()) ?? { width: 0, height: 0 };
      expect(Math.min(width, height), `after ${stops.join(', ')}`).toBeGreaterThan(10);
      stops.push(await focused.innerText());
    }
    expect(stops).toContain('Open the video…');
    await page.context().close();
  });

  it('draws detections over the pictures, describes them, and hides them by a key and a button', async () => {
    const { page, troubles } = await openFromDisk(browser, clip);
    const picture = page.getByRole('img');
    await expect.poll(() => hasColour(page, '.shown', PERSON_COLOUR)).toBe(true);
    expect(await picture.getAttribute('aria-label')).toMatch(
      /^Shot 1, key frame at .+: person 0\.82, with a face and 2 body points$/,
    );
    const button = page.getByRole('button', { name: 'Boxes' });
    const drawn = async (): Promise<[string | null, boolean, boolean]> => [
      await button.getAttribute('aria-pressed'),
      await hasColour(page, '.shown', PERSON_COLOUR),
      await hasColour(page, '.frames', PERSON_COLOUR),
    ];
    await expect.poll(drawn).toEqual(['true', true, true]);
    await page.locator('#timeline').focus();
    await page.keyboard.press('b');
    await expect.poll(drawn).toEqual(['false', false, false]);
    await button.click();
    await expect.poll(drawn).toEqual(['true', true, true]);
    // The picture follows the playhead.
    await page.locator('#timeline').focus();
    await page.keyboard.press('Shift+ArrowRight');
    await expect.poll(() => picture.getAttribute('aria-label')).toMatch(/^Shot 2, .+; dog 0\.40$/);
    expect(await page.locator('.found li').allTextContents()).toHaveLength(2);
    expect(troubles).toEqual([]);
  });

  it('shows a tooltip on hover, moves the playhead on click, and unfolds labels without events', async () => {
    const { page, troubles } = await openFromDisk(browser, clip);
    const lane = page.locator('.lane').first();
    await lane.scrollIntoViewIfNeeded();
    const box = await lane.boundingBox();
    if (!box) throw new Error('no lane');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    expect(await page.locator('.tooltip').textContent()).toMatch(/heard.*0:21\.\d · segment 0:21 – 0:22score 0\.\d\d/);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4, box.y + 5);
    await page.mouse.up();
    expect(Number(await valueOf(page))).toBeCloseTo(42.5 / 4, 0);
    const line = await page.locator('.playhead').boundingBox();
    expect(line?.x).toBeCloseTo(box.x + box.width / 4, -1);
    await page.getByRole('button', { name: 'Show 5 labels without an event' }).click();
    expect(await page.locator('.lane:visible').count()).toBe(24);
    expect(troubles).toEqual([]);
  });

  it('lists the events, sorts them, seeks to one, and copies them as JSON', async () => {
    const { page, troubles } = await openFromDisk(browser, clip, {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    const confidences = async (): Promise<number[]> =>
      (await page.locator('.events tbody td:last-child').allTextContents()).map(Number);
    await page.getByRole('button', { name: 'Confidence' }).click();
    const rising = await confidences();
    expect(rising).toEqual([...rising].sort((a, b) => a - b));
    await page.getByRole('button', { name: 'Confidence' }).click();
    expect(await confidences()).toEqual([...rising].reverse());
    const start = page.locator('.events tbody button').nth(2);
    await start.click();
    expect(await page.evaluate('document.activeElement.id')).toBe('timeline');
    await page.getByRole('button', { name: 'Copy as JSON' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    const copied = JSON.parse(await page.evaluate<string>('navigator.clipboard.readText()')) as object[];
    expect(copied).toHaveLength(rising.length);
    expect(Object.keys(copied[0] ?? {}).sort()).toEqual(['confidence', 'endSec', 'label', 'modality', 'startSec']);
    expect(troubles).toEqual([]);
  });

  it("plays the reader's own copy of the video in step with the playhead", async () => {
    const video = join(root, 'copy.webm');
    const picture = ['-f', 'lavfi', '-i', 'testsrc=size=160x90:rate=10:duration=42.5'];
    execFileSync(process.env['EARSIGHT_FFMPEG'] ?? 'ffmpeg', [
      '-v',
      'error',
      ...picture,
      '-c:v',
      'libvpx',
      '-g',
      '5',
      video,
    ]);
    const { page, troubles } = await openFromDisk(browser, clip);
    const said = (await page.locator('.shown').getAttribute('aria-label')) ?? '';
    const keyFrameSec = /key frame at 0:(\d+(?:\.\d+)?)/.exec(said)?.[1] ?? '';
    await page.locator('input[type=file]').setInputFiles(video);
    await expect.poll(() => page.evaluate("document.querySelector('video').readyState")).toBeGreaterThanOrEqual(2);
    const seekTo = async (key: string): Promise<number> => {
      await page.locator('#timeline').focus();
      await page.keyboard.press(key);
      await expect.poll(() => page.evaluate("document.querySelector('video').seeking")).toBe(false);
      return page.evaluate<number>("document.querySelector('video').currentTime");
    };
    expect(await seekTo('Shift+ArrowRight')).toBeCloseTo(10, 3);
    // Detections lie over the video too: no picture was analysed at 10 s, and the key frame shows a person.
    expect(await page.locator('.shown-picture').isVisible()).toBe(false);
    expect(await hasColour(page, '.marks', PERSON_COLOUR)).toBe(false);
    await page.evaluate(`location.hash = '#t=${keyFrameSec}'`);
    await expect.poll(() => hasColour(page, '.marks', PERSON_COLOUR)).toBe(true);
    await seekTo('n');
    await expect.poll(() => page.locator('.player .chip').count()).toBeGreaterThan(0);
    await seekTo('Home');
    await page.keyboard.press('Space');
    await expect.poll(async () => Number(await valueOf(page))).toBeGreaterThan(0.3);
    await page.keyboard.press('Space');
    expect(await page.evaluate("document.querySelector('video').paused")).toBe(true);
    expect(await overflowOf(page)).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('marks a warning about a part of the file in time, and lists all below with a link to the time', async () => {
    const short = warningOf('EARSIGHT_WARN_SHORT', { claimedSec: '60.00', decodedSec: '42.50' }, { startSec: 42.5 });
    const ends = warningOf('EARSIGHT_WARN_PICTURE_ENDS', { endSec: '30.00' }, { startSec: 30, endSec: 42.5 });
    const warnings = [...CLIP.warnings, toldWarning(short), toldWarning(ends)];
    const { page, troubles } = await openFromDisk(browser, join(await reportOf({ ...CLIP, warnings }), 'report.html'));
    const items = await page.locator('#notes .warnings li').allTextContents();
    expect(items).toHaveLength(3);
    expect(items[2]).toMatch(/^0:30 – 0:42.5 the picture ends at 30.00 s.*EARSIGHT_WARN_PICTURE_ENDS$/);
    const notesTop = (await page.locator('#notes').boundingBox())?.y ?? 0;
    expect(notesTop).toBeGreaterThan((await page.locator('#timeline').boundingBox())?.y ?? Infinity);
    await page.locator('#notes .warnings a').nth(1).click();
    expect(await valueOf(page)).toBe('30.000');
    await page.locator('#timeline').focus();
    for (const key of ['ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    expect(await textOf(page)).toContain('Warning · the picture ends at 30.00 s');
    await page.keyboard.press('Home');
    expect(await textOf(page)).toContain('No warning here');
    expect(await coloursIn(page, '.warnings-lane')).toBeGreaterThan(1);
    expect(troubles).toEqual([]);
  });

  it('opens with the first picture when the first shot begins after 0 s', async () => {
    const { page, troubles } = await openFromDisk(
      browser,
      join(await reportOf({ ...CLIP, firstShotSec: 0.04 }), 'report.html'),
    );
    expect(await textOf(page)).toContain('Before shot 1 of 7');
    await expect.poll(() => page.locator('.shown').getAttribute('aria-label')).toMatch(/^Shot 1, key frame at/);
    expect(troubles).toEqual([]);
  });

  it('runs no code from a hostile name, label or warning', async () => {
    const evil = `</script><script>alert(1)</script><img src=https://example.com/x onerror=alert(2)>`;
    const labels = [`${evil}--><!--`, '__proto__', 'Dog'];
    const hostile = { code: evil, message: evil, advice: evil };
    const sample = {
      ...CLIP,
      path: `/videos/${evil.replaceAll('/', '\u2215')}.mp4`,
      labels,
      warnings: [hostile, { ...hostile, message: `${evil} 2` }],
    };
    const { page, troubles } = await openFromDisk(browser, join(await reportOf(sample), 'report.html'));
    expect(await page.locator('.group .name').allTextContents()).toContain(labels[0]);
    expect(await page.locator('.events td bdi').first().textContent()).not.toBe('');
    expect(await page.locator('img:not([data-picture])').count()).toBe(0);
    expect(troubles).toEqual([]);
  });

  it.each<[string, Partial<Sample>, RegExp]>([
    ['sound only', { shots: 0 }, /heard/],
    ['a picture only', { sound: false }, /seen/],
    ['no event', { eventful: 0 }, /Nothing reached its threshold/],
    ['no model', { models: false, labels: [] }, /earsight packs pull clip-clap/],
    ['a length of three seconds', { durationSec: 3, shots: 1 }, /0:03/],
    ['nothing at all', { durationSec: 0, shots: 0, sound: false, models: false, labels: [] }, /0:00/],
  ])('renders and accepts keys for a file with %s', async (_, change, expected) => {
    const { page, troubles } = await openFromDisk(browser, join(await reportOf({ ...CLIP, ...change }), 'report.html'));
    expect(await page.locator('body').innerText()).toMatch(expected);
    await page.locator('#timeline').focus();
    for (const key of ['ArrowRight', 'ArrowDown', 'n', 'p', '+', '-', '0', 'End', 'ArrowUp', 'Home'])
      await page.keyboard.press(key);
    expect(await valueOf(page)).toBe('0.000');
    expect(troubles).toEqual([]);
  });

  it('fits two hours of 25 labels into 6 MB and is ready within seconds', async () => {
    const labels = Array.from({ length: 25 }, (_, at) => `Label ${at}`);
    const folder = await reportOf({ ...CLIP, durationSec: 7200, shots: 1500, labels, eventful: 12 });
    const path = join(folder, 'report.html');
    expect((await stat(path)).size).toBeLessThan(6_000_000);
    const startMs = performance.now();
    const { page, troubles } = await openFromDisk(browser, path);
    // Twice the target: the browser shares the cores with other tests.
    expect(performance.now() - startMs).toBeLessThan(8_000);
    await page.locator('#timeline').focus();
    for (const key of ['+', '+', '+', '+', '+', '+', 'n', 'n']) await page.keyboard.press(key);
    expect(await textOf(page)).toMatch(/Label \d+, .+ event .+ confidence/);
    await page.keyboard.press('Shift+ArrowRight');
    expect(await valueOf(page)).toBe('10.000');
    expect(await overflowOf(page)).toBe(0);
    expect(troubles).toEqual([]);
  });

  it('opens at the time in the fragment of its address', async () => {
    const { page } = await openFromDisk(browser, clip, { hash: '#t=12.5' });
    expect(await valueOf(page)).toBe('12.500');
  });
});

describe('reportStage', () => {
  it('writes the same bytes for the same artefacts', async () => {
    const [first, second] = [await reportOf(CLIP), await reportOf(CLIP)];
    for (const name of ['report.html', 'events.vtt'])
      expect(await readFile(join(first, name), 'utf8')).toBe(await readFile(join(second, name), 'utf8'));
    expect(await readFile(join(first, 'events.vtt'), 'utf8')).toMatch(
      /^WEBVTT\n\n00:00:\d\d\.000 --> .+\n.+\((heard|seen)/,
    );
  });
});
