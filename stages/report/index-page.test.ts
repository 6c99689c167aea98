import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { IndexRow, SummaryFile } from '../../core/schemas/run.js';
import { CHROMIUM_IS_HERE, NEEDS_CHROMIUM, launchChromium, openFromDisk, overflowOf } from '../../tests/chromium.js';
import { renderIndex, type VideoOverview } from './index-page.js';

const HOSTILE = `50% #1? "<img src=x onerror=alert(1)>" äö\u202e猫 &amp; it's.mp4`;

function summaryOf(rows: readonly IndexRow[], packs = ['lite']): SummaryFile {
  const count = (status: IndexRow['status']): number => rows.filter((row) => row.status === status).length;
  return {
    schema: 1,
    earsight: '0.1.0',
    startedAt: '2026-01-02T03:04:05Z',
    wallSec: 61,
    counts: { done: count('done'), failed: count('failed'), skipped: count('skipped') },
    mediaSec: rows.reduce((sum, row) => sum + (row.durationSec ?? 0), 0),
    device: packs.length > 0 ? 'cpu' : null,
    packs,
    frameMode: 'all',
    speedOfLight: { achievedPerSec: 9, barePerSec: 10, ratio: 0.9 },
    eventsPerLabel: { Dog: 3, Speech: 2 },
    warningsPerCode: {},
    failuresPerCode: count('failed') > 0 ? { EARSIGHT_INPUT_EMPTY: count('failed') } : {},
  };
}

function done(input: string, durationSec = 10): IndexRow {
  const folder = input.replace(/^\/videos\//, '');
  const outputs = [`${folder}/events.json`, `${folder}/report.html`];
  return {
    schema: 1,
    input,
    id: 'a'.repeat(16),
    status: 'done',
    error: null,
    durationSec,
    warnings: { count: 0, codes: [] },
    outputs,
  };
}

function failed(input: string): IndexRow {
  const error = { code: 'EARSIGHT_INPUT_EMPTY', message: `${input} holds no bytes` };
  return {
    schema: 1,
    input,
    id: 'b'.repeat(16),
    status: 'failed',
    error,
    durationSec: null,
    warnings: { count: 0, codes: [] },
    outputs: [],
  };
}

const overview: VideoOverview = {
  thumbnail: null,
  events: [
    { modality: 'audio', label: 'Dog', startSec: 2, endSec: 5, confidence: 0.8 },
    { modality: 'visual', label: 'Dog', startSec: 0, endSec: 10, confidence: 0.7 },
    { modality: 'audio-visual', label: 'Dog', startSec: 2, endSec: 5, confidence: 0.5 },
    { modality: 'audio', label: 'Speech', startSec: 7.5, endSec: 8, confidence: 0.9 },
  ],
};

describe.skipIf(!CHROMIUM_IS_HERE)(`renderIndex in a browser${NEEDS_CHROMIUM}`, () => {
  let browser: Browser;
  let folder: string;
  beforeAll(async () => {
    browser = await launchChromium();
    folder = await mkdtemp(join(tmpdir(), 'earsight-index-'));
  });
  afterAll(async () => {
    await browser.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function write(html: string): Promise<string> {
    const path = join(folder, 'index.html');
    await writeFile(path, html);
    return path;
  }

  it('links a hostile file name to its report, shows its key frame, and runs no code from the name', async () => {
    const thumbnail = `a b/${HOSTILE}/keyframes/shot-0001.jpg`;
    const picture = join(folder, thumbnail);
    await mkdir(dirname(picture), { recursive: true });
    await sharp({ create: { width: 64, height: 36, channels: 3, background: '#357' } }).toFile(picture);
    await writeFile(join(folder, 'a b', HOSTILE, 'report.html'), '<title>the report</title>');
    const rows = [done(`/videos/a b/${HOSTILE}`), failed('/videos/<b>empty.mp4')];
    const html = await renderIndex(rows, summaryOf(rows), (row) => (row.error ? null : { ...overview, thumbnail }));
    const { page, troubles } = await openFromDisk(browser, await write(html));
    expect(await page.locator('.video h2').allTextContents()).toEqual([HOSTILE, '<b>empty.mp4']);
    await expect.poll(() => page.evaluate("document.querySelector('.picture img').naturalWidth")).toBe(64);
    expect(await page.locator('.failure').textContent()).toContain('Copy or download the file again.');
    expect(await page.locator('.failure code').textContent()).toBe('EARSIGHT_INPUT_EMPTY');
    expect(await page.locator('.video .chip').allTextContents()).toEqual([
      'Dogheard 1×, seen 1×, both 1×',
      'Speechheard 1×',
    ]);
    expect(await page.locator('.video .chip').nth(1).getAttribute('href')).toMatch(/report\.html#t=7\.5$/);
    await page.locator('.video h2 a').click();
    await page.waitForURL(/report\.html$/);
    expect(await page.title()).toBe('the report');
    expect(troubles).toEqual([]);
  });

  it.each([1280, 390])('does not overflow a window %i pixels wide', async (width) => {
    const rows = [
      done(`/videos/${'long-name-'.repeat(20)}.mp4`),
      failed(`/videos/${'x'.repeat(200)}`),
      done('/videos/s/b'),
    ];
    const html = await renderIndex(rows, summaryOf(rows, []), () => overview);
    const { page, troubles } = await openFromDisk(browser, await write(html), { viewport: { width, height: 800 } });
    expect(await overflowOf(page)).toBe(0);
    expect(await page.locator('.notice').textContent()).toContain('earsight packs pull clip-clap');
    expect(troubles).toEqual([]);
  });

  it('pages, searches, filters and sorts 10,000 files', async () => {
    const rows = Array.from({ length: 10_000 }, (_, at) =>
      at % 1000 === 999 ? failed(`/videos/f/${at}.mp4`) : done(`/videos/f/clip ${at}.mp4`, at),
    );
    const html = await renderIndex(rows, summaryOf(rows), (row) => (row.error ? null : overview));
    expect(html.length).toBeLessThan(6_000_000);
    const startMs = performance.now();
    const { page, troubles } = await openFromDisk(browser, await write(html));
    // Twice the target: the browser shares the cores with other tests.
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(await page.locator('.video').count()).toBe(50);
    await page.getByRole('button', { name: 'Next' }).first().click();
    expect(await page.locator('.video h2').first().textContent()).toBe('clip 50.mp4');
    await page.getByRole('searchbox').fill('dog clip 777');
    expect(await page.getByRole('status').textContent()).toBe('19 shown');
    await page.getByRole('button', { name: 'EARSIGHT_INPUT_EMPTY' }).click();
    expect(await page.getByRole('status').textContent()).toBe('10 shown');
    await page.getByRole('searchbox').fill('');
    await page.getByLabel('Status').selectOption('failed');
    expect(await page.locator('.video').count()).toBe(10);
    await page.getByLabel('Status').selectOption('all');
    await page.getByLabel('Order').selectOption('longest');
    expect(await page.locator('.video h2').first().textContent()).toBe('clip 9998.mp4');
    expect(troubles).toEqual([]);
  });
});
