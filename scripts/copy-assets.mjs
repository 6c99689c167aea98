// Copies into dist/ what tsc leaves: data, pages, styles and scripts for the browser. Also makes the command executable.
import { chmodSync, cpSync, existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const ASSETS = new Set(['.json', '.html', '.css', '.js', '.svg', '.tsv', '.csv', '.txt', '.onnx']);

for (const part of ['core', 'pipeline', 'server', 'stages', 'models', 'measures', 'queues', 'fixtures', 'bench'])
  copy(part);
chmodSync(join(ROOT, 'dist/pipeline/cli/main.js'), 0o755);

function copy(path) {
  const whole = join(ROOT, path);
  // The candidate network is compared in a bench and not part of the product.
  if (!existsSync(whole) || path === 'fixtures/out' || path === 'models/tagger/candidate') return;
  if (statSync(whole).isDirectory()) {
    for (const name of readdirSync(whole)) copy(join(path, name));
  } else if (ASSETS.has(extname(path))) {
    cpSync(whole, join(ROOT, 'dist', path));
  }
}
