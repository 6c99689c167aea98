import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { resolveDevice } from '../../runtime/devices.js';
import { Random } from '../../train/random.js';
import { compareWithTensorFlow } from './testing/compare-with-tensorflow.js';
import { humanModels, readHumanModel } from './testing/human-models.js';
import { openTensorFlow } from './testing/tensorflow.js';

const TOLERANCE = 1e-3;
const PHOTOS = '../shared/media/photos/imagenet';
const OWN_PICTURE = 'docs/pictures/report.png';

const folder = humanModels();
const webgpu = await resolveDevice('webgpu').then(
  () => true,
  () => false,
);

/** The maps from which blazeface's outputs are computed. They accept other sides, as the built-in pack imports them. */
const BLAZEFACE_MAPS = [33, 34, 35, 36].map((layer) => `StatefulPartitionedCall/functional_1/conv2d_${layer}/BiasAdd`);

/** The networks under test; `scale` and `shift` say how pixels are scaled (unchanged, or to -1..1). */
const NETWORKS = [
  {
    name: 'centernet',
    side: 512,
    scale: 1,
    shift: 0,
    outputs: ['tower_0/keypoints', 'tower_0/wh'],
    // As in the built-in pack. TensorFlow.js itself runs only at the exported sides.
    freeSides: ['32*height', '32*width'],
  },
  { name: 'blazeface', side: 256, scale: 1 / 127.5, shift: -1 },
  { name: 'blazeface', side: 128, scale: 1 / 127.5, shift: -1, outputs: BLAZEFACE_MAPS },
  { name: 'movenet-lightning', side: 192, scale: 1, shift: 0, dtype: 'int32' },
] as const;

type NetworkUnderTest = (typeof NETWORKS)[number];

function noise({ name, side, scale, shift }: NetworkUnderTest): Float32Array {
  const random = new Random(...Array.from(name, (letter) => letter.charCodeAt(0)));
  return Float32Array.from({ length: side * side * 3 }, () => Math.floor(random.uniform() * 256) * scale + shift);
}

async function pictureOf(path: string, { side, scale, shift }: NetworkUnderTest): Promise<Float32Array> {
  const pixels = await sharp(path)
    .removeAlpha()
    .toColourspace('srgb')
    .resize(side, side, { fit: 'fill' })
    .raw()
    .toBuffer();
  return Float32Array.from(pixels, (value) => value * scale + shift);
}

/** `count` photos that are far apart in the list, so that they show different things. */
function photos(count: number): readonly string[] {
  const all = existsSync(PHOTOS) ? readdirSync(PHOTOS).sort() : [];
  return all.filter((_, index) => index % 100 === 0).slice(0, count);
}

async function disagreements(network: NetworkUnderTest, pixels: Float32Array, device: 'cpu' | 'webgpu') {
  const { name, side } = network;
  const files = readHumanModel(folder ?? '', name);
  const agreements = await compareWithTensorFlow(files, [side, side, 3], pixels, {
    device,
    ...('outputs' in network ? { outputs: network.outputs } : {}),
    ...('dtype' in network ? { dtype: network.dtype } : {}),
    ...('freeSides' in network ? { freeSides: network.freeSides } : {}),
  });
  expect(agreements.length).toBeGreaterThan(0);
  for (const { largest } of agreements) expect(largest).toBeGreaterThan(0);
  return agreements.filter(({ difference }) => !(difference < TOLERANCE));
}

describe.skipIf(folder === undefined)(
  'networks of @vladmandic/human agree with TensorFlow.js to 1e-3 after import (skipped without the optional package)',
  () => {
    beforeAll(openTensorFlow);

    for (const network of NETWORKS) {
      const name = `${network.name} at ${network.side}`;
      it(`${name}: noise and a picture on the cpu`, async () => {
        expect(await disagreements(network, noise(network), 'cpu')).toEqual([]);
        expect(await disagreements(network, await pictureOf(OWN_PICTURE, network), 'cpu')).toEqual([]);
      });

      it.skipIf(!existsSync(PHOTOS))(`${name}: photos on the cpu (skipped without ../shared)`, async () => {
        for (const photo of photos(4))
          expect(await disagreements(network, await pictureOf(join(PHOTOS, photo), network), 'cpu'), photo).toEqual([]);
      });

      it.skipIf(!webgpu)(
        `${name}: a picture, and a photo if ../shared exists, on webgpu (skipped without a Vulkan driver)`,
        async () => {
          for (const path of [OWN_PICTURE, ...photos(1).map((photo) => join(PHOTOS, photo))])
            expect(await disagreements(network, await pictureOf(path, network), 'webgpu'), path).toEqual([]);
        },
        200_000,
      );
    }

    it("centernet at 512: its own list of detections, where a picture's boxes are above the noise", async () => {
      const [network] = NETWORKS;
      const files = readHumanModel(folder ?? '', network.name);
      const [agreement] = await compareWithTensorFlow(files, [512, 512, 3], await pictureOf(OWN_PICTURE, network), {
        outputs: ['tower_0/detections'],
      });
      // Coordinates are in pixels up to 512, so that the largest number is a coordinate.
      expect(agreement?.largest).toBeGreaterThan(1);
      expect(agreement?.difference).toBeLessThan(TOLERANCE);
    });
  },
);
