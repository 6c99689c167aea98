import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { pino } from 'pino';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../pipeline/run/serve.js';
import { PACKAGE_FOLDER } from '../core/version.js';
import type { OpenServer } from '../server/open-server.js';
import { ApiKeys } from '../server/security/api-keys.js';
import { CHROMIUM_IS_HERE, NEEDS_CHROMIUM, launchChromium, overflowOf } from './chromium.js';

describe.skipIf(!CHROMIUM_IS_HERE)(`the web page of the server${NEEDS_CHROMIUM}`, () => {
  let browser: Browser;
  let folder: string;
  let server: OpenServer;
  let clip: string;
  const problems: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'earsight-page-'));
    clip = join(folder, 'a clip & a name.mp4');
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=d=4:s=320x240:r=25'];
    const sound = ['-f', 'lavfi', '-i', 'sine=440:d=4'];
    const codecs = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', '-c:a', 'aac'];
    await promisify(execFile)('ffmpeg', ['-loglevel', 'error', ...picture, ...sound, ...codecs, clip]);
    await writeFile(join(folder, 'not a video.mp4'), 'words');
    process.env['EARSIGHT_CACHE'] = join(folder, 'cache');
    // Progress is sent a few times per second; the slow stub leaves time for several updates.
    process.env['EARSIGHT_FFMPEG'] = join(PACKAGE_FOLDER, 'fixtures/stubs/slow.sh');
    server = await start('open');
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function start(name: string): Promise<OpenServer> {
    return await serve({
      data: join(folder, name),
      host: '127.0.0.1',
      port: 0,
      offline: true,
      minFreeBytes: 0,
      logger: pino({ level: 'silent' }),
      signal: new AbortController().signal,
      onEvent: () => undefined,
    });
  }

  async function open(url: string, width = 1280, dark = false): Promise<Page> {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme: dark ? 'dark' : 'light',
    });
    const page = await context.newPage();
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => problems.push(`exception: ${error.message}`));
    await page.goto(url);
    await page.locator('html[data-ready=true]').waitFor();
    return page;
  }

  it('uploads a clip, shows its progress, and links to its report', async () => {
    const page = await open(server.url);
    // A script in the page records every value of the progress bar.
    await page.evaluate(`
      window.shown = [];
      new MutationObserver(() => {
        const bar = document.querySelector('#jobs progress');
        if (bar) window.shown.push(bar.value);
      }).observe(document.querySelector('#jobs'), { subtree: true, childList: true, characterData: true });
    `);
    await page.setInputFiles('#files', clip);
    const row = page.locator('#jobs > li.done');
    await row.waitFor({ timeout: 60_000 });
    const shown = await page.evaluate<number[]>('window.shown');
    expect(new Set(shown).size).toBeGreaterThan(3);
    expect([...shown].sort((a, b) => a - b)).toEqual(shown);
    expect(await row.locator('h3').innerText()).toBe('a clip & a name.mp4');
    await row.locator('.picture img').waitFor();
    expect(await page.locator('#live').innerText()).toBe('1 done');
    if (process.env['EARSIGHT_PICTURES'] !== undefined) {
      await page.setInputFiles('#files', join(folder, 'not a video.mp4'));
      await page.locator('#jobs > li.failed').waitFor();
      await page.screenshot({ path: join(process.env['EARSIGHT_PICTURES'], 'server.png') });
    }

    await row.getByRole('link', { name: 'Report:' }).click();
    await page.locator('html[data-ready=true]').waitFor({ timeout: 20_000 });
    expect(await page.title()).toContain('clip & a name');
    expect(await page.locator('h1').first().innerText()).toContain('a clip & a name.mp4');
    // The report has an opaque origin, so that it cannot send requests to the server.
    expect(await page.evaluate<string>('self.origin')).toBe('null');
    await page.context().close();
    expect(problems).toEqual([]);
  });

  it('shows the error of a file, and deletes the job by keyboard', async () => {
    const page = await open(server.url, 390, true);
    await page.setInputFiles('#files', join(folder, 'not a video.mp4'));
    const row = page.locator('#jobs > li.failed', { hasText: 'not a video' }).first();
    await row.waitFor({ timeout: 30_000 });
    expect(await row.innerText()).toContain('EARSIGHT_INPUT_NOT_MEDIA');
    expect(await overflowOf(page)).toBe(0);
    if (process.env['EARSIGHT_PICTURES'] !== undefined)
      await page.screenshot({ path: join(process.env['EARSIGHT_PICTURES'], 'server-390.png'), fullPage: true });
    const before = await page.locator('#jobs > li').count();
    await page.locator('#files').focus();
    for (let tabs = 0; tabs < 20; tabs++) {
      await page.keyboard.press('Tab');
      const focused = await page.evaluate<string>("document.activeElement?.getAttribute('aria-label') ?? ''");
      if (focused === 'Delete: not a video.mp4') break;
    }
    await page.keyboard.press('Enter');
    await expect.poll(async () => await page.locator('#jobs > li').count(), { timeout: 10_000 }).toBe(before - 1);
    await page.context().close();
    expect(problems).toEqual([]);
  });

  it('shows a new job in another tab', async () => {
    const [first, second] = [await open(server.url), await open(server.url)];
    const before = await second.locator('#jobs > li').count();
    await first.setInputFiles('#files', join(folder, 'not a video.mp4'));
    await expect.poll(async () => await second.locator('#jobs > li').count(), { timeout: 20_000 }).toBe(before + 1);
    for (const page of [first, second]) await page.context().close();
  });

  it('uploads a file that is dropped anywhere on it', async () => {
    const page = await open(server.url);
    const before = await page.locator('#jobs > li').count();
    await page.evaluate(`
      const transfer = new DataTransfer();
      transfer.items.add(new File(['words'], 'dropped.mp4'));
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }));
    `);
    await page.locator('#jobs > li', { hasText: 'dropped.mp4' }).waitFor();
    expect(await page.locator('#jobs > li').count()).toBe(before + 1);
    await page.context().close();
  });

  it('asks for a key when there are keys, hides it from scripts, and signs in with it', async () => {
    const keys = await ApiKeys.open(join(folder, 'locked', 'keys.json'));
    const { key } = await keys.create({ name: 'page', scopes: ['submit', 'read'] });
    const locked = await start('locked');
    try {
      const page = await open(locked.url);
      expect(await page.locator('#hand-in').isVisible()).toBe(false);
      await page.fill('#key', 'wrong');
      await page.keyboard.press('Enter');
      await expect
        .poll(async () => await page.locator('#sign-in-trouble').innerText(), { timeout: 10_000 })
        .toContain('not known');
      await page.fill('#key', key);
      await page.keyboard.press('Enter');
      await page.locator('#hand-in').waitFor();
      expect(await page.evaluate<string>('document.cookie')).toBe('');
      await page.setInputFiles('#files', clip);
      await page.locator('#jobs > li.done').waitFor({ timeout: 60_000 });
      await page.click('#sign-out');
      await page.locator('#sign-in').waitFor();
      await page.context().close();
    } finally {
      await locked.close();
      // The browser itself logs the 401 response to the wrong key.
      problems.splice(0, problems.length, ...problems.filter((text) => !text.includes('401')));
    }
    expect(problems).toEqual([]);
  });

  it('documents its API at /docs without external files', async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(`${server.url}/docs`);
    await page.getByText('Hand in a sound or video').first().waitFor({ timeout: 20_000 });
    await context.close();
    expect(problems).toEqual([]);
  });
});
