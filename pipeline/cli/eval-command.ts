import { Command, InvalidArgumentError, Option } from 'commander';
import type { Evaluation } from '../evaluate/evaluation.js';
import type { GateSetting } from '../evaluate/predicted-labels.js';
import { printError } from './command-action.js';

/** Half a frame at 12.5 frames per second on either side, the tolerance of most papers on cuts being one or two frames. */
const CUT_TOLERANCE_SEC = 0.08;
const SEGMENTS = 10;

interface Flags {
  readonly truth: string;
  readonly pred: string;
  readonly json: boolean;
}

interface AvvpFlags {
  readonly truthAudio: string;
  readonly truthVisual: string;
  readonly predAudio?: string;
  readonly predVisual?: string;
  readonly pred?: string;
  readonly videos?: string;
  readonly classes?: string;
  readonly segments: number;
  readonly gate: GateSetting;
  readonly perVideo: boolean;
  readonly json: boolean;
}

export function evalCommand(): Command {
  return new Command('eval')
    .description('how right labels, cuts and texts are: predictions against truth')
    .addCommand(avvpCommand())
    .addCommand(
      pairCommand('ave', 'AVE: accuracy of segments', "AVE's Annotations.txt")
        .option('--segments <count>', 'segments of a video', wholeNumber, SEGMENTS)
        .action(
          async (flags: Flags & { segments: number }) =>
            await report(
              flags.json,
              async () => await (await import('../evaluate/localisation.js')).evaluateAve(flags),
            ),
        ),
    )
    .addCommand(
      pairCommand('ov-ave', 'OV-AVEBench: seen and unseen categories apart', "OV-AVEBench's JSON annotation")
        .option('--segments <count>', 'segments of a video', wholeNumber, SEGMENTS)
        .requiredOption('--seen <file>', 'categories that were seen in training, one per line')
        .action(
          async (flags: Flags & { segments: number; seen: string }) =>
            await report(
              flags.json,
              async () => await (await import('../evaluate/localisation.js')).evaluateOpenVocabulary(flags),
            ),
        ),
    )
    .addCommand(
      pairCommand('scenes', 'F1 of cuts', 'records { id, cuts }, a shots.json, or an output folder')
        .option('--tolerance <seconds>', 'how far apart two cuts may be', seconds, CUT_TOLERANCE_SEC)
        .action(
          async (flags: Flags & { tolerance: number }) =>
            await report(
              flags.json,
              async () =>
                await (
                  await import('../evaluate/scenes.js')
                ).evaluateScenes({ ...flags, toleranceSec: flags.tolerance }),
            ),
        ),
    )
    .addCommand(
      pairCommand(
        'captions',
        'BLEU-4, ROUGE-L, CIDEr-D, EntityScore, AudioScore form',
        'records { id, captions }',
      ).action(
        async (flags: Flags) =>
          await report(flags.json, async () => await (await import('../evaluate/texts.js')).evaluateCaptions(flags)),
      ),
    )
    .addCommand(
      pairCommand('vript', 'Vript-Hard: HAL, RR or ERO', 'records { id, caption } (hal) or { id, answer } (rr, ero)')
        .addOption(new Option('--measure <name>', 'which').choices(['hal', 'rr', 'ero']).makeOptionMandatory())
        .action(
          async (flags: Flags & { measure: 'hal' | 'rr' | 'ero' }) =>
            await report(flags.json, async () => await (await import('../evaluate/vript.js')).evaluateVript(flags)),
        ),
    )
    .addCommand(
      pairCommand('transcript', 'word and character error rate', 'records { id, text }, or a .txt file').action(
        async (flags: Flags) =>
          await report(flags.json, async () => await (await import('../evaluate/texts.js')).evaluateTranscript(flags)),
      ),
    );
}

function avvpCommand(): Command {
  return new Command('avvp')
    .description("audio-visual video parsing by LLP's protocol")
    .requiredOption('--truth-audio <file>', 'what is heard: filename, onset, offset, event_labels')
    .requiredOption('--truth-visual <file>', 'what is seen, in the same form')
    .option('--pred-audio <file>', 'predictions of what is heard, in the same form')
    .option('--pred-visual <file>', 'predictions of what is seen')
    .option('--pred <dir>', 'instead of the two: an output folder of earsight')
    .option('--videos <file>', 'the videos that count: a table with a column filename (without it: all that are named)')
    .option('--classes <file>', 'class list, one per line (default: the 25 classes of LLP)')
    .option('--segments <count>', 'segments of one second in a video', wholeNumber, SEGMENTS)
    .addOption(
      new Option('--gate <gate>', 'with --pred: decode the scores anew, behind a score of the whole video')
        .choices(['none', 'joint', 'modality'])
        .default('none'),
    )
    .option('--per-video', 'adds the figures of every video to the JSON', false)
    .option('--json', 'one JSON object on standard output', false)
    .action(
      async (flags: AvvpFlags) =>
        await report(flags.json, async () => await (await import('../evaluate/avvp.js')).evaluateAvvp(flags)),
    );
}

function pairCommand(name: string, description: string, form: string): Command {
  return new Command(name)
    .description(description)
    .requiredOption('--truth <file>', form)
    .requiredOption('--pred <file>', 'predictions: JSON lines, JSON, or a table with a header')
    .option('--json', 'one JSON object on standard output', false);
}

async function report(json: boolean, evaluate: () => Promise<Evaluation>): Promise<void> {
  try {
    const evaluation = await evaluate();
    const { evaluationJson, evaluationText } = await import('../evaluate/evaluation.js');
    process.stdout.write(json ? `${evaluationJson(evaluation)}\n` : evaluationText(evaluation));
  } catch (error) {
    printError(error, json);
    process.exitCode = 1;
  }
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!/^\d{1,6}$/.test(text) || number === 0) throw new InvalidArgumentError('a whole number above 0');
  return number;
}

function seconds(text: string): number {
  if (!/^\d+(\.\d{1,6})?$/.test(text)) throw new InvalidArgumentError('seconds');
  return Number(text);
}
