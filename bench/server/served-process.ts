import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_FOLDER } from '../../core/version.js';

/** A busy machine takes over a minute to start the sources. */
const START_LIMIT_MS = 180_000;

/** `earsight serve` in a separate process, so that its memory and its event loop can be measured. */
export interface ServedProcess {
  readonly url: string;
  readonly pid: number;
  /** Resident memory in bytes; null on systems without /proc. */
  residentBytes(): Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts the built command if there is one, otherwise the sources. @param flags further flags of `earsight serve` */
export async function startServer(flags: readonly string[] = []): Promise<ServedProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'earsight-served-'));
  const built = join(PACKAGE_FOLDER, 'dist/pipeline/cli/main.js');
  const source = ['--import', 'tsx', join(PACKAGE_FOLDER, 'pipeline/cli/main.ts')];
  const command = existsSync(built) ? [built] : source;
  const words = ['serve', '--data', join(folder, 'data'), '--port', '0', '--offline', '--log-level', 'error', ...flags];
  const child = spawn(process.execPath, [...command, ...words], {
    cwd: PACKAGE_FOLDER,
    env: { ...process.env, EARSIGHT_CACHE: join(folder, 'cache') },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let text = '';
    const limit = setTimeout(() => reject(new Error(`the server did not start: ${text}`)), START_LIMIT_MS);
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      text += more;
      const found = /listens on (\S+)/.exec(text)?.[1];
      if (found === undefined) return;
      clearTimeout(limit);
      resolve(found);
    });
  });
  const pid = child.pid ?? 0;
  return {
    url,
    pid,
    residentBytes: async () => {
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
      const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1];
      return kilobytes === undefined ? null : Number(kilobytes) * 1024;
    },
    stop: async () => {
      child.kill('SIGTERM');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}
