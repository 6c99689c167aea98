import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm, ROOT } from './command.mjs';

/** Installs the packages of package-lock.json unless node_modules already holds exactly these. */
export function installPackages() {
  if (isInstalled()) return;
  console.log('installing packages …');
  npm(['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    // Otherwise onnxruntime-node downloads CUDA libraries and fails where it cannot: `earsight doctor` says how to add them.
    env: { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' },
  });
}

function isInstalled() {
  const folder = join(ROOT, 'node_modules');
  // A link is somebody else's folder (a second work tree): never install into it.
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink()) return true;
  try {
    const wanted = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
    // npm writes down what it installed, last of all.
    const present = JSON.parse(readFileSync(join(folder, '.package-lock.json'), 'utf8')).packages;
    return Object.entries(wanted).every(
      ([path, entry]) =>
        path === '' ||
        (path in present ? present[path].version === entry.version : entry.optional || entry.devOptional),
    );
  } catch {
    return false;
  }
}
