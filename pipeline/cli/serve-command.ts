import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_MAX_UNFINISHED, DEFAULT_UPLOAD_BYTES } from '../../server/limits.js';
import { printError, withTracing } from './command-action.js';
import { addSettingOptions, settingsOf, type SettingFlags } from './options.js';
import { printPackEvents } from './run-display.js';

/** A server whose data folder was taken over ends within this time, also when its work does not stop. */
const LOST_LIMIT_MS = 5_000;

interface ServeFlags extends SettingFlags {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly maxUpload: number;
  readonly root: readonly string[];
  readonly urls: boolean;
  readonly webhooks: boolean;
  readonly allowHost: readonly string[];
  readonly maxJobs: number;
  readonly redis?: string;
  readonly logLevel: string;
}

const EXAMPLES = `
Examples:
  earsight serve                                  this machine only, no key: open http://127.0.0.1:8484
  earsight serve --data /srv/earsight             its own folder for jobs, uploads, results and keys
  earsight serve --root /media/archive            files below it may be named instead of uploaded
  earsight serve --urls --webhooks                addresses of public hosts may be fetched and told
  earsight serve --redis redis://127.0.0.1:6379   \`earsight worker\` processes do the work
  earsight keys create --data /srv/earsight --name lab --scope submit --scope read
  earsight serve --data /srv/earsight --host 0.0.0.0     others reach it: every request needs a key

  curl -F file=@clip.mp4 http://127.0.0.1:8484/v1/jobs
  curl 'http://127.0.0.1:8484/v1/jobs/ID/result?wait=50'
  curl -N http://127.0.0.1:8484/v1/jobs/ID/events
  curl --json '{"path": "2024/clip.mp4"}' http://127.0.0.1:8484/v1/jobs

The API is described at /docs and in docs/openapi.json.

SIGTERM or Ctrl-C stops it; unfinished jobs go on at the next start.
`;

export function serveCommand(): Command {
  const command = new Command('serve')
    .description('the REST server and its page')
    .option('--data <dir>', 'folder for jobs, uploads and results', './earsight-data')
    .option('--host <address>', 'address to listen on; others than loopback need an API key', '127.0.0.1')
    .option('--port <port>', 'port to listen on', port, 8484)
    .addOption(
      new Option(
        '--redis <url>',
        'let the workers of this Redis server do the work (default: a process of its own)',
      ).env('REDIS_URL'),
    )
    .option('--root <dir>', 'files below it may be named by path; may be repeated', collect, [])
    .option('--urls', 'addresses may be named, and are fetched from public hosts', false)
    .option('--webhooks', 'jobs may name an address that is told of their end', false)
    .option('--allow-host <host[:port]>', 'a host of your own that both may name, may be repeated', collect, [])
    .option('--max-upload <bytes>', 'largest file taken', count, DEFAULT_UPLOAD_BYTES)
    .option('--max-jobs <number>', 'unfinished jobs taken at once', count, DEFAULT_MAX_UNFINISHED);
  return addSettingOptions(command)
    .addOption(
      new Option('--log-level <level>', 'what goes to the log')
        .choices(['debug', 'info', 'warn', 'error'])
        .default('info'),
    )
    .addHelpText('after', EXAMPLES)
    .action(execute);
}

async function execute(flags: ServeFlags): Promise<void> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130);
      stop.abort();
    });
  try {
    await (flags.redis === undefined
      ? serveUntil(flags, stop.signal)
      : withTracing(async () => await serveUntil(flags, stop.signal)));
  } catch (error) {
    printError(error, false);
    process.exitCode = 1;
  }
}

/** Runs the server until the signal aborts. */
async function serveUntil(flags: ServeFlags, signal: AbortSignal): Promise<void> {
  // A signal that has aborted already fires no more event.
  if (signal.aborted) return;
  const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const { serve } = await import('../run/serve.js');
  const { serverLogger } = await import('../../server/logger.js');
  const server = await serve({
    data: flags.data,
    host: flags.host,
    port: flags.port,
    maxUploadBytes: flags.maxUpload,
    maxUnfinished: flags.maxJobs,
    roots: flags.root,
    urls: flags.urls,
    webhooks: flags.webhooks,
    allowedHosts: flags.allowHost,
    ...(flags.redis === undefined ? {} : { redis: flags.redis }),
    ...settingsOf(flags),
    logger: serverLogger(flags.logLevel),
    signal,
    onEvent: printPackEvents,
  });
  process.stdout.write(`earsight listens on ${server.url}\n`);
  const lost = new Promise<void>((resolve) => server.lost.addEventListener('abort', () => resolve()));
  await Promise.race([stopped, lost]);
  if (server.lost.aborted) {
    printError(server.lost.reason, false);
    process.exitCode = 1;
    // What the new owner of the folder works on must not wait for what this process still has in progress.
    setTimeout(() => process.exit(1), LOST_LIMIT_MS).unref();
  }
  await server.close();
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function port(text: string): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(value <= 65_535)) throw new InvalidArgumentError('a port, 0 to 65535');
  return value;
}

function count(text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : 0;
  if (!(value > 0)) throw new InvalidArgumentError('a whole number, above 0');
  return value;
}
