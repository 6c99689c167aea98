import { createHash } from 'node:crypto';
import { escapeHtml, scriptJson } from './escape-html.js';

export interface Page {
  readonly title: string;
  readonly css: string;
  /** HTML, already escaped. */
  readonly body: string;
  /** What the script finds in `#data`. */
  readonly data: unknown;
  /** One ES module. */
  readonly script: string;
  /** CSP sources of pictures. */
  readonly imageSources: string;
}

/**
 * One self-contained page that opens from disk. The policy names its own style and script by hash and allows nothing
 * else, so even a hole in the escaping would not run: no request leaves, no inline handler fires, no string becomes HTML.
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
