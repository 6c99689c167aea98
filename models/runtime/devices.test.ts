import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { clipVision, TINY_CLIP } from '../encoders/testing/tiny-clip.js';
import { describeDevices, resolveDevice } from './devices.js';
import { InferencePool } from './inference-pool.js';
import type { Block, ModelSpec } from './model-spec.js';

const devices = await describeDevices();
const webgpu = devices.find(({ device }) => device === 'webgpu');

describe('describeDevices and resolveDevice', () => {
  it('describe every device, with advice for each that is missing', () => {
    expect(devices.map(({ device }) => device)).toEqual(['cpu', 'webgpu', 'cuda']);
    for (const { usable, preferred, detail, advice } of devices) {
      expect(detail).not.toBe('');
      expect(advice === '').toBe(usable);
      if (preferred) expect(usable).toBe(true);
    }
  });

  it('never replace a device that was requested by name with the cpu', async () => {
    for (const { device, usable } of devices)
      if (usable) await expect(resolveDevice(device)).resolves.toBe(device);
      else await expect(InferencePool.open({ device })).rejects.toMatchObject({ code: 'EARSIGHT_DEVICE_MISSING' });
  });

  it('choose only a preferred device for `auto`', async () => {
    const best = ['cuda', 'webgpu'].find((name) =>
      devices.some(({ device, preferred }) => device === name && preferred),
    );
    await expect(resolveDevice('auto')).resolves.toBe(best ?? 'cpu');
  });
});

describe.skipIf(!webgpu?.usable)(
  'InferencePool on webgpu (skipped without a Vulkan driver; lavapipe of Mesa 25 suffices)',
  () => {
    let folder: string;
    let spec: ModelSpec;
    const size = 224;
    const frames = Uint8Array.from({ length: 3 * size * size * 3 }, (_, index) => (index * 7919) % 256);
    const blocks: Block[] = [{ type: 'uint8', dims: [size, size, 3], data: frames }];

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'earsight-webgpu-'));
      const path = join(folder, 'vision_model.onnx');
      await writeFile(path, clipVision(TINY_CLIP));
      const values = { colour: 'rgb', divide: 255, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] } as const;
      spec = {
        name: 'vision',
        path,
        preparation: { kind: 'frames', input: 'pixel_values', ...values },
        outputs: ['image_embeds'],
        finish: { kind: 'l2' },
        maxBatch: 4,
        warmUp: [[{ type: 'uint8', dims: [size, size, 3] }]],
      };
    });

    afterAll(() => rm(folder, { recursive: true }));

    async function embed(device: 'cpu' | 'webgpu'): Promise<{ data: Float32Array; placement: string }> {
      const pool = await InferencePool.open({ device });
      const model = await pool.load(spec);
      const [result] = await model.run(blocks, 3);
      await pool.close();
      return { data: result?.data ?? new Float32Array(), placement: model.report.placement };
    }

    it('computes the same as on the cpu, with every node on the device', async () => {
      const there = await embed('webgpu');
      const here = await embed('cpu');
      expect(there.placement).toBe('all');
      const worst = here.data.reduce((max, value, i) => Math.max(max, Math.abs(value - (there.data[i] ?? 9))), 0);
      expect(worst).toBeLessThan(1e-4);
    }, 120_000);

    it('shares its thread with the other pools of the process, each of which can be closed alone', async () => {
      const wanted = (await embed('cpu')).data;
      const close = (found: Float32Array | undefined): void => {
        expect(found).toHaveLength(wanted.length);
        found?.forEach((value, i) => expect(value).toBeCloseTo(wanted[i] ?? NaN, 3));
      };
      const [first, second] = await Promise.all([
        InferencePool.open({ device: 'webgpu' }),
        InferencePool.open({ device: 'webgpu' }),
      ]);
      const [here, there] = await Promise.all([first.load(spec), second.load({ ...spec, name: 'again' })]);
      const answers = await Promise.all([here.run(blocks, 3), there.run(blocks, 3), here.run(blocks, 3)]);
      for (const [answer] of answers) close(answer?.data);
      const waiting = there.run(blocks, 3);
      await first.close();
      close((await waiting)[0]?.data);
      await expect(here.run(blocks, 3)).rejects.toMatchObject({ code: 'EARSIGHT_CANCELLED' });
      close((await there.run(blocks, 3))[0]?.data);
      await second.close();
      close((await embed('webgpu')).data);
    }, 120_000);

    it('starts another thread after its thread has died', async () => {
      const pool = await InferencePool.open({
        device: 'webgpu',
        entry: new URL('./testing/dying-worker.ts', import.meta.url),
      });
      const model = await pool.load({
        ...spec,
        preparation: { kind: 'tensors', inputs: [{ name: 'pixel_values', type: 'float32' }] },
        warmUp: [],
      });
      const pixels = (first: number): Block[] => [
        { type: 'float32', dims: [3, size, size], data: new Float32Array(3 * size * size).fill(first, 0, 1) },
      ];
      await model.run(pixels(0), 1);
      await expect(model.run(pixels(666), 1)).rejects.toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
      const [result] = await model.run(pixels(1), 1);
      expect(result?.data).toHaveLength(TINY_CLIP.projection);
      // A pool that is opened after this one gave up gets threads of its own, although this one is not closed yet.
      for (let death = 0; death < 3; death++)
        await expect(model.run(pixels(666), 1)).rejects.toMatchObject({ code: 'EARSIGHT_MODEL_FAILED' });
      expect(pool.usable).toBe(false);
      expect((await embed('webgpu')).data).toHaveLength(3 * TINY_CLIP.projection);
      await pool.close();
    }, 120_000);
  },
);
