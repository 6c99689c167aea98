import type { RunDocument } from './run-document.js';
import { CUT_FILE, cutInfoSchema, type CutInfo } from '../../stages/extract/shards/cut-info.js';
import { cutStage } from '../../stages/extract/shards/cut-stage.js';
import { joinExtractStage } from '../../stages/extract/shards/join-stage.js';
import { extractPictureStage } from '../../stages/extract/shards/picture-stage.js';
import { extractSoundStage } from '../../stages/extract/shards/sound-stage.js';
import { encodePartStage } from '../../stages/encode/shards/encode-part-stage.js';
import { joinEncodeStage } from '../../stages/encode/shards/join-encode-stage.js';
import type { Artefact } from '../../core/stage.js';
import { checkOrder, stageNode, type StageGraph, type StageNode } from './stage-graph.js';

/**
 * Length of the parts of long videos on a fleet, in seconds: long enough that decoding from the previous key frame and
 * joining the parts cost a hundredth of the work.
 */
export const FLEET_SHARD_SEC = 600;

/**
 * Splits the expensive stages of a long video into parts for several workers (docs/decisions/0030-time-shards.md). The
 * graph of a run is the same for all videos; a video that is cut gets its own graph, in which every key stays the same.
 */
export class Sharding {
  /** Decides how one video is cut. It runs when the video is planned. */
  readonly cut: StageNode;

  /** @param shardSec videos longer than this many seconds are cut into parts of about that length. */
  constructor(
    private readonly graph: StageGraph,
    shardSec: number,
  ) {
    const extract = this.nodeOf('extract');
    this.cut = stageNode(cutStage, { ...extract?.params, shardSec }, { unkeyed: extract?.unkeyed ?? [] });
  }

  async read(cut: Artefact): Promise<CutInfo> {
    return await cut.json(CUT_FILE, cutInfoSchema);
  }

  /** Returns the graph of a video with this cut. */
  graphFor({ parts, firstSegments }: CutInfo): StageGraph {
    const nodes = this.graph.flatMap((node) => {
      if (node.stage.name === 'extract') return [this.cut, ...inPictureParts(node, firstSegments.length)];
      if (node.stage.name === 'encode') return inRowParts(node, parts);
      return [node];
    });
    return checkOrder(nodes);
  }

  /** Whether this stage of a long video is split into parts. */
  splits(stage: string): boolean {
    return (stage === 'extract' || stage === 'encode') && this.nodeOf(stage) !== undefined;
  }

  private nodeOf(stage: string): StageNode | undefined {
    return this.graph.find((node) => node.stage.name === stage);
  }
}

function inPictureParts(extract: StageNode, parts: number): StageNode[] {
  if (parts === 0) return [extract];
  const { unkeyed, params } = extract;
  return [
    stageNode(extractSoundStage, params, { unkeyed }),
    ...range(parts).map((part) => stageNode(extractPictureStage(part), { ...params, part }, { unkeyed })),
    stageNode(joinExtractStage(parts), params, { unkeyed, standsFor: extract }),
  ];
}

function inRowParts(encode: StageNode, parts: number): StageNode[] {
  if (parts === 1) return [encode];
  const { models } = encode;
  return [
    ...range(parts).map((part) => stageNode(encodePartStage(part), { part, parts }, { models })),
    stageNode(joinEncodeStage(parts), encode.params, { models, standsFor: encode }),
  ];
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index);
}

/** Returns the sharding that the document of a run asks for, or null for none. */
export function shardingOf({ shardSec }: Pick<RunDocument, 'shardSec'>, graph: StageGraph): Sharding | null {
  return shardSec === null ? null : new Sharding(graph, shardSec);
}
