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

/** What a fleet cuts long videos into: long enough that a key frame's lead and the join are a hundredth of the work. */
export const FLEET_SHARD_SEC = 600;

/**
 * How the dear stages of a long video are made in parts by several workers (docs/decisions/0030-time-shards.md). A graph
 * is the same for all videos; with a video's cut it becomes that video's own, whose every key stays.
 */
export class Sharding {
  /** Says how one video is cut; made when the video is planned. */
  readonly cut: StageNode;

  /** @param shardSec a longer video is cut into parts of about that length */
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

  /** The graph of a video that was cut like this. */
  graphFor({ parts, firstSegments }: CutInfo): StageGraph {
    const nodes = this.graph.flatMap((node) => {
      if (node.stage.name === 'extract') return [this.cut, ...inPictureParts(node, firstSegments.length)];
      if (node.stage.name === 'encode') return inRowParts(node, parts);
      return [node];
    });
    return checkOrder(nodes);
  }

  /** Whether a stage of this name is made in parts where a video is long. */
  concerns(stage: string): boolean {
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

/** Returns how the document of a run wants long videos cut, or null when they are not cut. */
export function shardingOf({ shardSec }: Pick<RunDocument, 'shardSec'>, graph: StageGraph): Sharding | null {
  return shardSec === null ? null : new Sharding(graph, shardSec);
}
