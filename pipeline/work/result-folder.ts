import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Job } from '../../queues/engine.js';
import { EarsightError } from '../../core/errors.js';
import { eventsFileSchema } from '../../core/schemas/events.js';
import type { Artefact, Source } from '../../core/stage.js';
import type { ArtefactStore } from '../../core/store/artefact-store.js';
import { hashOf } from '../../core/store/canonical-json.js';
import { stampFile } from '../../core/store/source-identity.js';
import { publish } from './publish.js';
import { countBy } from '../../core/count-by.js';
import { hashOfGraph, type StageGraph } from './stage-graph.js';
import { isUpToDate, readVideoRecord, removeVideoRecord, writeVideoRecord, type VideoRecord } from './video-record.js';

/** What there is to publish of a video. */
export interface Results {
  /** What they were made of. */
  readonly source: Source;
  /** The file that the video's name stands for now. */
  readonly identify: () => Promise<Source>;
  readonly artefacts: () => Promise<ReadonlyMap<string, Artefact>>;
}

/** Where the results of a run are published, each video's with a record that it is finished. */
export class ResultFolder {
  private readonly graphHash: string;

  /** @param records the store in the output folder, which keeps the records. */
  constructor(
    private readonly outputFolder: string,
    private readonly records: ArtefactStore,
    private readonly graph: StageGraph,
  ) {
    this.graphHash = hashOfGraph(graph);
  }

  /**
   * Whoever comes second finds the record of the first: a result that was seen once is not taken away again.
   * @throws EarsightError EARSIGHT_INPUT_CHANGED when the file is no longer what the results were made of.
   */
  async publishOnce(job: Job, results: Results, signal: AbortSignal): Promise<void> {
    const publishing = async (): Promise<void> => {
      const record = await readVideoRecord(this.records, job.output);
      if (record === null || !(await isUpToDate(record, job.input, this.graphHash, this.outputFolder)))
        await this.publish(job, results);
    };
    await this.records.withLock(`publish-${hashOf(job.output)}`, publishing, signal);
  }

  /** The video is to be published anew. What is published stays until it is replaced. */
  async forget(output: string): Promise<void> {
    await removeVideoRecord(this.records, output);
  }

  private async publish(job: Job, { source, identify, artefacts }: Results): Promise<void> {
    const stamp = await stampFile(job.input);
    const made = await artefacts();
    // After the stamp, so that the record never says of a file what is true of another.
    if ((await identify()).sha256 !== source.sha256)
      throw new EarsightError('EARSIGHT_INPUT_CHANGED', { path: job.input });
    await removeVideoRecord(this.records, job.output);
    const files = await publish(this.records, this.graph, made, this.outputFolder, job.output);
    const record: VideoRecord = {
      schema: 1,
      input: job.input,
      output: job.output,
      stamp,
      sha256: source.sha256,
      graph: this.graphHash,
      ...(await readFindings(join(this.outputFolder, job.output, 'events.json'))),
      files,
    };
    await writeVideoRecord(this.records, record);
  }
}

/** What the index and the summary say about a video, from its `events.json`. */
async function readFindings(path: string): Promise<Pick<VideoRecord, 'durationSec' | 'device' | 'eventsPerLabel'>> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return { durationSec: null, device: null, eventsPerLabel: {} };
  const file = eventsFileSchema.parse(JSON.parse(text));
  const eventsPerLabel = countBy(file.events.map((event) => event.label));
  return { durationSec: file.source.durationSec, device: file.device, eventsPerLabel };
}
