import { Command } from 'commander';
import { INTERRUPTED, abortOnInterrupt, printError } from './command-action.js';

interface ScoreFlags {
  readonly out: string;
  readonly json: boolean;
}

export function scoreCommand(): Command {
  return new Command('score')
    .description('how well sound and picture of videos belong together, and faults in them; needs no network')
    .argument('<input...>', 'files, folders or .txt lists, as for `earsight run`')
    .requiredOption('--out <dir>', 'folder for the results; finished videos are passed by')
    .option('--json', 'one JSON object on standard output', false)
    .addHelpText(
      'after',
      '\nEach video gets a scores.json and a report, the folder a scores.json with means, intervals and the ten worst videos.\n',
    )
    .action(execute);
}

async function execute(inputs: string[], flags: ScoreFlags): Promise<void> {
  const signal = abortOnInterrupt(() => undefined);
  try {
    // Imported only when needed, so that --help is fast.
    const { run } = await import('../run/run.js');
    const { scoreFolder } = await import('../evaluate/score-folder.js');
    const { evaluationJson, evaluationText } = await import('../evaluate/evaluation.js');
    const { rows } = await run({ inputs, out: flags.out, signal });
    const evaluation = await scoreFolder(flags.out, rows);
    process.stdout.write(flags.json ? `${evaluationJson(evaluation)}\n` : evaluationText(evaluation));
    process.exitCode = signal.aborted ? INTERRUPTED : evaluation.warnings.length > 0 ? 2 : 0;
  } catch (error) {
    if (!signal.aborted) printError(error, flags.json);
    process.exitCode = signal.aborted ? INTERRUPTED : 1;
  }
}
