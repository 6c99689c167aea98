import type { Device } from '../runtime/devices.js';

/**
 * Items a batch. On the cpu a batch fills the caches long before it fills the cores (mn04 at 3 s: 6.1 ms an item alone,
 * 4.7 ms in eights; MobileNetV2 gains nothing), and small ones keep every thread busy to the end. A GPU wants many:
 * ViT-B/32 was measured at its best with 128 frames.
 */
export function batchSize(device: Device): number {
  return device === 'cpu' ? 8 : 128;
}

/**
 * Frames a batch. On the cpu one: the answer of a quantised network depends on what lies beside a frame in its batch, whose
 * frames those are is chance, and two runs must publish the same bytes.
 */
export function frameBatchSize(device: Device): number {
  return device === 'cpu' ? 1 : batchSize(device);
}
