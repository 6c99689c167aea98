import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EarsightError } from '../../core/errors.js';
import type { Job, Step, StepControl, Work } from '../../queues/engine.js';

/**
 * Work for tests of the server, with two steps. The content of the input file decides what the first step does: `wait` runs
 * until it is cancelled, `fail` fails like a file that is not a video, and anything else succeeds at once.
 */
export class TimedWork implements Work {
  /** The steps that have started, as `<job id> <step>`. */
  readonly begun: string[] = [];

  plan(): Promise<readonly Step[]> {
    return Promise.resolve([
      { name: 'look', resource: 'media', after: [] },
      { name: 'tell', resource: 'light', after: ['look'] },
    ]);
  }

  async execute(job: Job, step: Step, control: StepControl): Promise<void> {
    this.begun.push(`${job.id} ${step.name}`);
    const content = await readFile(job.input, 'utf8');
    for (let fraction = 0; fraction < 1; fraction += 0.25) control.progress(fraction);
    if (step.name !== 'look') return;
    if (content.startsWith('fail'))
      throw new EarsightError('EARSIGHT_INPUT_NOT_MEDIA', { path: job.input, reason: 'it says so' });
    if (content.startsWith('wait')) await sleep(600_000, undefined, { signal: control.signal });
  }

  async finish(job: Job, error: unknown): Promise<void> {
    if (error !== undefined) return;
    const folder = join(job.run.out, job.output);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'report.html'), `<!doctype html><title>${job.output}</title>`);
    await writeFile(join(folder, 'events.json'), JSON.stringify(eventsOf(job)));
  }
}

function eventsOf(job: Job): unknown {
  return {
    schema: 1,
    source: { path: job.input, sha256: '0'.repeat(64), bytes: 1, durationSec: 1 },
    grid: { segmentSec: 1, count: 1 },
    frameMode: 'all',
    device: null,
    labels: [],
    uncovered: [],
    models: [],
    events: [],
    warnings: [],
  };
}
