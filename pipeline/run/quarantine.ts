import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { EarsightError } from '../errors.js';
import { readJson, writeFileAtomically } from '../store/atomic-file.js';
import { acquireLock } from '../store/lock.js';

/** One worker that ended while it worked on a video, and how. */
const deathSchema = z.strictObject({
  at: z.string(),
  host: z.string(),
  step: z.string(),
  /** A signal's name, or an exit code. */
  ending: z.string(),
  /** The last lines the worker said. */
  stderr: z.array(z.string()),
});
export type Death = z.infer<typeof deathSchema>;

const caseSchema = z.strictObject({
  schema: z.literal(1),
  sha256: z.string(),
  input: z.string(),
  deaths: z.array(deathSchema),
  /** What ffprobe says of the file; null where it could not say anything. */
  probe: z.unknown(),
});
export type QuarantineCase = z.infer<typeof caseSchema>;

/** The first may have been a neighbour's doing. After it a video is alone in its worker, so the second is its own. */
const FATAL_DEATHS = 2;

/**
 * Which videos ended workers, by their content, in the output folder and not in the queue: it outlives jobs, retries and
 * Redis.
 */
export class Quarantine {
  private readonly folder: string;

  /** @param out the output folder, absolute. */
  constructor(out: string) {
    this.folder = join(out, '.earsight', 'quarantine');
  }

  /** Whether the video is not tried again. */
  refuses({ deaths }: QuarantineCase): boolean {
    return deaths.length >= FATAL_DEATHS;
  }

  /** Videos with at least one death. */
  async list(): Promise<QuarantineCase[]> {
    const names = await readdir(this.folder).catch(() => []);
    const cases = await Promise.all(
      names.filter((name) => name.endsWith('.json')).map(async (name) => await this.find(name.slice(0, -5))),
    );
    return cases.filter((found) => found !== null);
  }

  async find(sha256: string): Promise<QuarantineCase | null> {
    const parsed = caseSchema.safeParse(await readJson(this.pathOf(sha256)));
    return parsed.success ? parsed.data : null;
  }

  async record(video: Pick<QuarantineCase, 'sha256' | 'input'>, death: Death, probe: unknown): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    const release = await acquireLock(`${this.pathOf(video.sha256)}.lock`);
    try {
      const before = await this.find(video.sha256);
      const deaths = [...(before?.deaths ?? []), death];
      const now: QuarantineCase = { schema: 1, ...video, deaths, probe };
      await writeFileAtomically(this.pathOf(video.sha256), JSON.stringify(now, null, 2));
    } finally {
      await release();
    }
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN when it never ended a worker. */
  async release(sha256: string): Promise<void> {
    if ((await this.find(sha256)) === null) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id: sha256 });
    await this.forgive(sha256);
  }

  async forgive(sha256: string): Promise<void> {
    await rm(this.pathOf(sha256), { force: true });
  }

  /** @throws EarsightError EARSIGHT_QUARANTINED. */
  async admit(sha256: string, path: string): Promise<{ readonly suspect: boolean }> {
    const deaths = (await this.find(sha256))?.deaths.length ?? 0;
    if (deaths >= FATAL_DEATHS) throw new EarsightError('EARSIGHT_QUARANTINED', { path, deaths });
    return { suspect: deaths > 0 };
  }

  private pathOf(sha256: string): string {
    if (!/^[0-9a-f]+$/.test(sha256)) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id: sha256 });
    return join(this.folder, `${sha256}.json`);
  }
}
