import { Argument, Command, InvalidArgumentError } from 'commander';
import type { FleetControl, QueueStatus, VideoStatus } from '../../queues/bullmq/fleet-control.js';
import { printError } from './command-action.js';
import { redisOption } from './options.js';
import { duration, printable } from './terminal-text.js';

interface FleetFlags {
  readonly redis: string;
  readonly json?: boolean;
  readonly limit?: number;
}

export function statusCommand(): Command {
  const examples = `
Examples:
  earsight status                       queues, workers, and the newest videos
  earsight status 3f2a…                 one video
  earsight status --json --limit 1000
`;
  return new Command('status')
    .description('what a fleet is doing')
    .argument('[id]', 'one video, by the id that submit printed')
    .addOption(redisOption())
    .option('--limit <n>', 'videos to list', count, 20)
    .option('--json', 'one JSON object a line', false)
    .addHelpText('after', examples)
    .action(async (id: string | undefined, flags: FleetFlags) => {
      await withFleet(flags, async (fleet) => {
        if (id === undefined) await showFleet(fleet, flags);
        else print(flags, await fleet.video(id), videoLine);
      });
    });
}

export function cancelCommand(): Command {
  return new Command('cancel')
    .description('stop videos; what is finished of them is kept')
    .argument('<id...>', 'ids, as `earsight status` shows them')
    .addOption(redisOption())
    .addHelpText('after', '\nExamples:\n  earsight cancel 3f2a9c…\n')
    .action(async (ids: string[], flags: FleetFlags) => {
      await withFleet(flags, async (fleet) => {
        for (const id of ids) await fleet.cancel(id);
      });
    });
}

export function retryCommand(): Command {
  return new Command('retry')
    .description('let failed videos try again, from where they stopped')
    .argument('<id...>', 'ids, as `earsight status` shows them')
    .addOption(redisOption())
    .addHelpText('after', '\nExamples:\n  earsight retry 3f2a9c…\n')
    .action(async (ids: string[], flags: FleetFlags) => {
      await withFleet(flags, async (fleet) => {
        for (const id of ids) await fleet.retry(id);
      });
    });
}

export function limitCommand(): Command {
  return new Command('limit')
    .description('how many jobs of a class may run at once in the whole fleet')
    .addArgument(new Argument('<class>', 'which').choices(['media', 'inference', 'light']))
    .argument('<n|none>', 'a number, or none', (text: string) => (text === 'none' ? null : count(text)))
    .addOption(redisOption())
    .addHelpText('after', '\nExamples:\n  earsight limit inference 2\n  earsight limit media none\n')
    .action(async (queue: 'media' | 'inference' | 'light', atMost: number | null, flags: FleetFlags) => {
      await withFleet(flags, async (fleet) => await fleet.setGlobalConcurrency(queue, atMost));
    });
}

async function withFleet(flags: FleetFlags, work: (fleet: FleetControl) => Promise<void>): Promise<void> {
  const { FleetControl } = await import('../../queues/bullmq/fleet-control.js');
  const fleet = new FleetControl(flags.redis);
  try {
    await work(fleet);
  } catch (error) {
    printError(error, flags.json === true);
    process.exitCode = 1;
  } finally {
    await fleet.close();
  }
}

async function showFleet(fleet: FleetControl, flags: FleetFlags): Promise<void> {
  for (const queue of await fleet.queueStatus()) print(flags, queue, queueLine);
  for (const wait of await fleet.stuckVideos())
    print(flags, wait, ({ id, waitingSec, pending }) => {
      return `${id} has waited ${duration(waitingSec)} for ${pending} steps${pending === 0 ? ': stranded, retry it' : ''}`;
    });
  for (const video of await fleet.videos(flags.limit ?? 0)) print(flags, video, videoLine);
}

function queueLine({ queue, workers, jobs, atMost }: QueueStatus): string {
  const states = Object.entries(jobs).flatMap(([state, jobCount]) => (jobCount > 0 ? `${jobCount} ${state}` : []));
  const limit = atMost === null ? '' : `, at most ${atMost} at once`;
  return `${queue.padEnd(9)} ${workers} workers${limit}: ${states.join(', ') || 'nothing'}`;
}

function videoLine({ job, state, error }: VideoStatus): string {
  return `${job.id} ${state.padEnd(16)} ${printable(job.output)}${error === null ? '' : ` ${error.code}: ${printable(error.message)}`}`;
}

function print<Shown>(flags: FleetFlags, shown: Shown, lineOf: (shown: Shown) => string): void {
  process.stdout.write(`${flags.json === true ? JSON.stringify(shown) : lineOf(shown)}\n`);
}

function count(text: string): number {
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new InvalidArgumentError('a whole number above 0');
  return Number(text);
}
