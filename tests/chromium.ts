import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

const PROGRAM = process.env['EARSIGHT_CHROMIUM'] ?? '/usr/bin/chromium';

export const CHROMIUM_IS_HERE = existsSync(PROGRAM);
/** Suffix for the names of tests that skip; it says how to make them run. */
export const NEEDS_CHROMIUM = CHROMIUM_IS_HERE ? '' : ' (skipped: no Chromium; install it or set EARSIGHT_CHROMIUM)';

export function launchChromium(): Promise<Browser> {
  // The sandbox cannot be set up as root in a container, and all pages are our own.
  return chromium.launch({ executablePath: PROGRAM, args: ['--no-sandbox', '--disable-gpu'] });
}

export interface OpenedPage {
  readonly page: Page;
  /** Console errors and warnings, uncaught exceptions, dialogs, and network requests. */
  readonly troubles: readonly string[];
}

/** Opens a file from disk and waits until its script sets `data-ready`. */
export async function openFromDisk(
  browser: Browser,
  path: string,
  { hash = '', ...options }: BrowserContextOptions & { hash?: string } = {},
): Promise<OpenedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) troubles.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => troubles.push(`exception: ${error.message}`));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!/^(file|data|blob):/.test(request.url())) troubles.push(`request: ${request.url()}`);
  });
  await page.goto(`${pathToFileURL(path).href}${hash}`);
  await page.locator('html[data-ready=true]').waitFor({ timeout: 20_000 });
  return { page, troubles };
}

/** Number of pixels by which the page is wider than its window. */
export function overflowOf(page: Page): Promise<number> {
  return page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');
}
