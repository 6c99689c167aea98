/**
 * Measures whether a server under abuse stays flat: memory and open files over 300 jobs and over rounds of 500 event
 * streams, and how long a health check takes while 2,100 connections send nothing.
 *
 * npx tsx bench/hardening.ts
 */
import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type ServedProcess } from './server/served-process.js';

const JOBS = 300;
const STREAMS = 500;
const SILENT = 2_100;
const ROUNDS = 3;

const server = await startServer();
try {
  await report('start', server);
  await streams(server);
  await silent(server);
  await jobs(server);
} finally {
  await server.stop();
}

async function report(when: string, served: ServedProcess): Promise<void> {
  const files = (await readdir(`/proc/${served.pid}/fd`)).length;
  const megabytes = ((await served.residentBytes()) ?? 0) / 1e6;
  console.log(`${when}: ${megabytes.toFixed(0)} MB resident, ${files} descriptors`);
}

/** Uploads that are not media, ten at a time: each goes through the queue, the process that works, and ffprobe. */
async function jobs(served: ServedProcess): Promise<void> {
  const startedMs = performance.now();
  for (let sent = 0; sent < JOBS; sent += 10) {
    await Promise.all(Array.from({ length: 10 }, async (_, at) => await failedJob(served.url, `${sent + at}`)));
    if ((sent + 10) % 100 === 0) await report(`after ${sent + 10} jobs`, served);
  }
  console.log(`${JOBS} jobs in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
}

async function failedJob(url: string, content: string): Promise<void> {
  const form = new FormData();
  form.append('file', new Blob([`not media ${content}`]), `${content}.mp4`);
  const answer = await fetch(`${url}/v1/jobs?wait=50`, { method: 'POST', body: form });
  const { state } = (await answer.json()) as { state?: string };
  if (state !== 'failed') throw new TypeError(`a job is ${state ?? answer.status}`);
}

async function streams(served: ServedProcess): Promise<void> {
  for (let round = 1; round <= ROUNDS; round++) {
    const open = Array.from({ length: STREAMS }, () =>
      dial(served.url, 'GET /v1/events HTTP/1.1\r\nhost: localhost\r\n\r\n'),
    );
    const answers = await Promise.all(open.map(async (socket) => await firstLine(socket)));
    const accepted = answers.filter((line) => line.startsWith('HTTP/1.1 200')).length;
    await report(`round ${round}, ${accepted} of ${STREAMS} streams open`, served);
    for (const socket of open) socket.destroy();
    await sleep(2_000);
    await report(`round ${round}, streams closed`, served);
  }
}

async function silent(served: ServedProcess): Promise<void> {
  const open = Array.from({ length: SILENT }, () => dial(served.url, 'GET /livez HTTP/1.1\r\nhost: loc'));
  await sleep(2_000);
  await report(`${SILENT} silent connections sent`, served);
  const times: number[] = [];
  for (let check = 0; check < 20; check++) {
    const startedMs = performance.now();
    const answer = await fetch(`${served.url}/livez`, { headers: { connection: 'close' } });
    if (answer.status !== 200) throw new TypeError(`/livez answers ${answer.status}`);
    times.push(performance.now() - startedMs);
    await sleep(100);
  }
  console.log(`/livez meanwhile, 20 checks: slowest ${Math.max(...times).toFixed(0)} ms`);
  for (const socket of open) socket.destroy();
  await sleep(2_000);
  await report('silent connections closed', served);
}

function dial(url: string, bytes: string): Socket {
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  socket.write(bytes);
  return socket;
}

async function firstLine(socket: Socket): Promise<string> {
  return await new Promise((resolve) => {
    socket.once('data', (bytes) => resolve(bytes.toString('latin1').split('\r\n')[0] ?? ''));
    socket.once('close', () => resolve('closed'));
  });
}
