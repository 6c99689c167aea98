import type { Device } from '../runtime/devices.js';

/**
 * Items per batch. On the cpu, a batch fills the caches long before it fills the cores (mn04 at 3 s: 6.1 ms per item alone,
 * 4.7 ms in batches of eight; MobileNetV2 gains nothing), and small batches keep every thread busy to the end. A GPU needs
 * large ones: ViT-B/32 was fastest with 128 frames.
 */
export function batchSize(device: Device): number {
  return device === 'cpu' ? 8 : 128;
}

/**
 * Frames per batch. On the cpu one: the output of a quantised network for a frame depends on the other frames of its batch,
 * which differ from run to run, and two runs must publish the same bytes.
 */
export function frameBatchSize(device: Device): number {
  return device === 'cpu' ? 1 : batchSize(device);
}
