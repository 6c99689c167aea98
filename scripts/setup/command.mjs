import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Runs a command with its output shown; ends this process when it fails. */
export function mustRun(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (status === 0) return;
  console.error(`\n${[program, ...args].join(' ')} failed${error ? `: ${error.message}` : ''}`);
  process.exit(status ?? 1);
}

/** Runs a command quietly. @returns whether it ended well. */
export function succeeds(program, args, options = {}) {
  return spawnSync(program, args, { cwd: ROOT, stdio: 'ignore', ...options }).status === 0;
}

/** npm without a shell: the one that started us, or the one beside node. */
export function npm(args, options = {}) {
  const path = process.env.npm_execpath;
  if (path) mustRun(process.execPath, [path, ...args], options);
  else mustRun('npm', args, options);
}
