import { readFile, writeFile } from 'node:fs/promises';
import { updateUnderLock } from '../lock.js';

/** Adds one to the number in a file, under its lock, for each message that names the file. */
process.on('message', (path: string) => {
  void updateUnderLock(`${path}.lock`, async (lock) => {
    const before = Number(await readFile(path, 'utf8'));
    await lock.verify();
    await writeFile(path, String(before + 1));
  }).then(() => process.send?.('done'));
});
process.send?.('ready');
