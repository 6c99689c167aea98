import { expect, it } from 'vitest';
import { uploadAtOnce } from './concurrent-uploads.js';
import { startServer } from './served-process.js';

const UPLOADS = 40;
const BYTES = 5e6;

it('uploadAtOnce: the server accepts 40 simultaneous uploads of 5 MB with a fraction of their size in memory', async () => {
  const server = await startServer();
  try {
    await uploadAtOnce(server, 4, 1e6);
    const { statuses, beforeBytes, peakBytes } = await uploadAtOnce(server, UPLOADS, BYTES);
    expect(statuses).toEqual({ 201: UPLOADS });
    // Buffers take about 200 KiB per upload; the complete files would take 200 MB.
    expect(peakBytes - beforeBytes).toBeLessThan(100e6);
  } finally {
    await server.stop();
  }
}, 120_000);
