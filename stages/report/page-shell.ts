import { createHash } from 'node:crypto';
import { escapeHtml, scriptJson } from './escape-html.js';

/** The logo of the product, drawn for it: an eye whose iris is a spreading sound wave. */
export const MARK =
  '<svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M2 16Q16 1 30 16Q16 31 2 16Z" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round"/><circle cx="16" cy="16" r="2.4" fill="currentColor"/><path d="M20.2 11.8a6 6 0 0 1 0 8.4M11.8 20.2a6 6 0 0 1 0-8.4" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"/></svg>';

export interface Page {
  readonly title: string;
  readonly css: string;
  /** HTML whose text is already escaped. */
  readonly body: string;
  /** Written to `#data` as JSON, for the script. */
  readonly data: unknown;
  /** One ES module. */
  readonly script: string;
  /** Content Security Policy sources of pictures. */
  readonly imageSources: string;
}

/**
 * Renders one self-contained page that opens from disk. Its Content Security Policy allows only its own style and script, by
 * hash, so that even an escaping error could not run code: no requests, no inline handlers, no strings parsed as HTML.
 */
export function renderPage(page: Page): string {
  const policy = [
    "default-src 'none'",
    `script-src ${sourceHash(page.script)}`,
    `style-src ${sourceHash(page.css)}`,
    `img-src ${page.imageSources}`,
    'media-src blob:',
    "base-uri 'none'",
    "form-action 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,">
<title>${escapeHtml(page.title)}</title>
<style>${page.css}</style>
</head>
<body>
${page.body}
<script type="application/json" id="data">${scriptJson(page.data)}</script>
<script type="module">${page.script}</script>
</body>
</html>
`;
}

function sourceHash(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}
