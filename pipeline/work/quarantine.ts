import { z } from 'zod';
import { EarsightError } from '../../core/errors.js';
import type { Documents } from '../../core/store/documents.js';

/** How one worker process died while it was working on a video. */
const deathSchema = z.strictObject({
  at: z.string(),
  host: z.string(),
  step: z.string(),
  /** The name of a signal, or `exit code <n>`. */
  ending: z.string(),
  /** The last lines that the worker wrote to stderr. */
  stderr: z.array(z.string()),
});
export type Death = z.infer<typeof deathSchema>;

const caseSchema = z.strictObject({
  schema: z.literal(1),
  sha256: z.string(),
  input: z.string(),
  deaths: z.array(deathSchema),
  /** What ffprobe reports about the file, or its error. */
  probe: z.unknown(),
});
export type QuarantineCase = z.infer<typeof caseSchema>;

/**
 * Another video may have caused the first death. From then on the video runs alone, so it caused the second one itself.
 */
const FATAL_DEATHS = 2;

const FOLDER = 'quarantine';

/**
 * Records which videos killed workers, by content hash. The records are kept with the artefacts and not in the queue,
 * so they outlive jobs, retries and Redis.
 */
export class Quarantine {
  constructor(private readonly documents: Documents) {}

  /** Whether the video is refused, as opposed to suspected. */
  isQuarantined({ deaths }: QuarantineCase): boolean {
    return deaths.length >= FATAL_DEATHS;
  }

  /** Videos with at least one death. */
  async list(): Promise<QuarantineCase[]> {
    const names = await this.documents.list(FOLDER);
    const cases = await Promise.all(names.map(async (name) => await this.find(name.slice(0, -'.json'.length))));
    return cases.filter((found) => found !== null);
  }

  async find(sha256: string): Promise<QuarantineCase | null> {
    return asCase(await this.documents.read(nameOf(sha256)));
  }

  async record(video: Pick<QuarantineCase, 'sha256' | 'input'>, death: Death, probe: unknown): Promise<void> {
    await this.documents.update(nameOf(video.sha256), (before): QuarantineCase => {
      const deaths = [...(asCase(before)?.deaths ?? []), death];
      return { schema: 1, ...video, deaths, probe };
    });
  }

  /** @throws EarsightError EARSIGHT_JOB_UNKNOWN when the video has no recorded death. */
  async release(sha256: string): Promise<void> {
    if ((await this.find(sha256)) === null) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id: sha256 });
    await this.clear(sha256);
  }

  /** Forgets the deaths of a video, if there are any. */
  async clear(sha256: string): Promise<void> {
    await this.documents.remove(nameOf(sha256));
  }

  /** Returns whether a video is suspected and must run alone. @throws EarsightError EARSIGHT_QUARANTINED. */
  async admit(sha256: string, path: string): Promise<{ readonly suspect: boolean }> {
    const deaths = (await this.find(sha256))?.deaths.length ?? 0;
    if (deaths >= FATAL_DEATHS) throw new EarsightError('EARSIGHT_QUARANTINED', { path, deaths });
    return { suspect: deaths > 0 };
  }
}

function asCase(document: unknown): QuarantineCase | null {
  const parsed = caseSchema.safeParse(document);
  return parsed.success ? parsed.data : null;
}

/** @throws EarsightError EARSIGHT_JOB_UNKNOWN for a string that is no hash. */
function nameOf(sha256: string): string {
  if (!/^[0-9a-f]+$/.test(sha256)) throw new EarsightError('EARSIGHT_JOB_UNKNOWN', { id: sha256 });
  return `${FOLDER}/${sha256}.json`;
}
