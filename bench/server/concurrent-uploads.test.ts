import { expect, it } from 'vitest';
import { uploadAtOnce } from './concurrent-uploads.js';
import { startServer } from './served-process.js';

const UPLOADS = 40;
const BYTES = 5e6;

it('40 uploads of 5 MB at once are taken with a fraction of their size in memory', async () => {
  const server = await startServer();
  try {
    await uploadAtOnce(server, 4, 1e6);
    const { statuses, beforeBytes, peakBytes } = await uploadAtOnce(server, UPLOADS, BYTES);
    expect(statuses).toEqual({ 201: UPLOADS });
    // Buffers are some 200 KiB an upload; held whole, the files would be 200 MB.
    expect(peakBytes - beforeBytes).toBeLessThan(100e6);
  } finally {
    await server.stop();
  }
}, 120_000);
