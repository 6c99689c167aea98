import type { Sentence } from '../../core/schemas/description.js';

/** What keeps a description from having the form of FAVDBench: a summary, 4 to 6 sentences seen, 1 or 2 heard. */
export function favdFaults(sentences: readonly Pick<Sentence, 'about'>[]): string[] {
  const order = ['summary', 'seen', 'heard'];
  const count = (about: Sentence['about']): number => sentences.filter((one) => one.about === about).length;
  const [summaries, seen, heard] = [count('summary'), count('seen'), count('heard')];
  const inOrder = sentences.every(
    ({ about }, at) => at === 0 || order.indexOf(about) >= order.indexOf(sentences[at - 1]?.about ?? 'summary'),
  );
  return [
    ...(summaries === 1 ? [] : [`${summaries} summaries`]),
    ...(seen >= 4 && seen <= 6 ? [] : [`${seen} sentences about what is seen`]),
    ...(heard >= 1 && heard <= 2 ? [] : [`${heard} sentences about what is heard`]),
    ...(inOrder ? [] : ['sentences out of order']),
  ];
}
