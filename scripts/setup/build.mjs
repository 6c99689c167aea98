import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, ROOT } from './command.mjs';

const PARTS = ['core', 'pipeline', 'server', 'stages', 'models', 'measures', 'queues', 'fixtures', 'bench', 'scripts'];
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
const STAMP = join(ROOT, 'dist', '.sources.sha256');

/** Builds dist/ unless it was built from these very sources. */
export function build() {
  const hash = hashOfSources();
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === hash) return;
  console.log('building …');
  npm(['run', '--silent', 'build']);
  writeFileSync(STAMP, hash);
}

function hashOfSources() {
  const hash = createHash('sha256');
  for (const path of SETTINGS) hash.update(readFileSync(join(ROOT, path)));
  for (const part of PARTS) {
    if (!existsSync(join(ROOT, part))) continue;
    const entries = readdirSync(join(ROOT, part), { recursive: true, withFileTypes: true });
    const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    // fixtures/out holds the videos that are made, not sources.
    for (const path of paths.filter((path) => !path.startsWith(join(ROOT, 'fixtures', 'out'))).sort())
      hash.update(path.slice(ROOT.length)).update('\0').update(readFileSync(path));
  }
  return hash.digest('hex');
}
