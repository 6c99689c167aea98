import { CATALOGUE } from '../core/error-catalogue.js';
import type { JobView } from './api-schemas.js';
import type { JobEvent } from './job-events.js';
import type { JobRecord } from './job-record.js';

/** A job as the API returns it: without paths of the server, its owner, or secrets. */
export function viewOf(record: JobRecord, events: Iterable<JobEvent>): JobView {
  const stages = stagesOf(events);
  const sum = stages.reduce((total, stage) => total + stage.fraction, 0);
  return {
    id: record.id,
    state: record.state,
    name: record.name,
    source: record.source.kind,
    attempt: record.attempt,
    createdAt: record.createdAt,
    startedAt: record.startedAt,
    finishedAt: record.finishedAt,
    progress: record.state === 'done' ? 1 : stages.length === 0 ? 0 : sum / stages.length,
    stages,
    durationSec: record.durationSec,
    thumbnail: thumbnailOf(record),
    error: record.error && { ...record.error, advice: adviceOf(record.error.code) },
  };
}

/** The URL path of a published file. */
export function hrefOf(id: string, name: string): string {
  return `/v1/jobs/${id}/files/${name.split('/').map(encodeURIComponent).join('/')}`;
}

function thumbnailOf({ id, files }: JobRecord): string | null {
  const picture = files.find(({ name }) => name.startsWith('keyframes/'));
  return picture === undefined ? null : hrefOf(id, picture.name);
}

function stagesOf(events: Iterable<JobEvent>): JobView['stages'] {
  const stages = new Map<string, JobView['stages'][number]>();
  for (const event of events) {
    if (event.type === 'started')
      for (const name of event.stages) stages.set(name, { name, fraction: 0, wallMs: null });
    else if (event.type === 'progress')
      stages.set(event.stage, { name: event.stage, fraction: event.fraction, wallMs: null });
    else if (event.type === 'stage-done')
      stages.set(event.stage, { name: event.stage, fraction: 1, wallMs: event.wallMs });
  }
  return [...stages.values()];
}

function adviceOf(code: string): string {
  return Object.entries(CATALOGUE).find(([known]) => known === code)?.[1].advice ?? '';
}
