import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import type { ServedProcess } from './served-process.js';

const CHUNK = Buffer.alloc(64 * 1024, 7);
const MEMORY_POLL_MS = 50;

export interface UploadFigures {
  readonly seconds: number;
  /** Number of responses by HTTP status. */
  readonly statuses: Readonly<Record<string, number>>;
  readonly beforeBytes: number;
  readonly peakBytes: number;
}

/** Uploads `count` files of `bytes` bytes simultaneously and records the server's memory meanwhile. */
export async function uploadAtOnce(server: ServedProcess, count: number, bytes: number): Promise<UploadFigures> {
  const beforeBytes = (await server.residentBytes()) ?? 0;
  let peakBytes = beforeBytes;
  const poll = setInterval(() => {
    void server.residentBytes().then((now) => (peakBytes = Math.max(peakBytes, now ?? 0)));
  }, MEMORY_POLL_MS);
  const startedMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: count }, async (_, index) => await upload(server.url, index, bytes)),
  );
  clearInterval(poll);
  const statuses: Record<string, number> = {};
  for (const status of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  return { seconds: (performance.now() - startedMs) / 1000, statuses, beforeBytes, peakBytes };
}

async function upload(url: string, index: number, bytes: number): Promise<number> {
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="clip-${index}.mp4"\r\n\r\n`;
  const tail = '\r\n--b--\r\n';
  const length = head.length + bytes + tail.length;
  const outgoing = request(`${url}/v1/jobs`, {
    method: 'POST',
    headers: { 'content-type': 'multipart/form-data; boundary=b', 'content-length': length },
    agent: false,
  });
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject);
  });
  outgoing.write(head);
  for (let left = bytes; left > 0; left -= CHUNK.length)
    if (!outgoing.write(CHUNK.subarray(0, Math.min(left, CHUNK.length)))) await once(outgoing, 'drain');
  outgoing.end(tail);
  const answer = await answered;
  answer.resume();
  return answer.statusCode ?? 0;
}
