import { probe } from '../../stages/extract/probe.js';
import { sniffContainer } from '../../stages/extract/sniff.js';
import { toEarsightError } from '../../core/errors.js';

const LIMIT_SEC = 20;

/** What ffprobe, confined as always, says of a file that somebody will have to look at; or why it says nothing. */
export async function probeForReport(path: string): Promise<unknown> {
  try {
    const { signal } = new AbortController();
    const demuxer = await sniffContainer(path);
    const { container, streams, claimedSec } = await probe({ path, demuxer, signal, limitSec: LIMIT_SEC });
    return { container, streams, claimedSec };
  } catch (error) {
    const { code, message } = toEarsightError(error, path);
    return { error: `${code}: ${message}` };
  }
}
