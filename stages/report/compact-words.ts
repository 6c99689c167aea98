import type { DescriptionFile } from '../../core/schemas/description.js';
import type { ScriptFile } from '../../core/schemas/script.js';
import type { SceneData, SentenceData } from './report-data.js';
import type { Thumbnails } from './thumbnails.js';

/** The description, each phrase with the moments, things and rows that it rests on. */
export function compactSentences({ sentences, facts }: DescriptionFile): SentenceData[] {
  const byId = new Map(facts.map((fact) => [fact.id, fact]));
  return sentences.map(({ text, about, phrases }) => ({
    text,
    about,
    phrases: phrases.map((phrase) => {
      const own = phrase.evidence.flatMap((id) => byId.get(id) ?? []);
      return {
        text: phrase.text,
        spans: own.flatMap(({ spans }) => spans.map(({ startSec, endSec }) => [startSec, endSec] as const)),
        tracks: [...new Set(own.flatMap(({ tracks }) => tracks))],
        labels: [...new Set(own.flatMap(({ about: label }) => (label === '' ? [] : [label])))],
        from: [...new Set(own.map(({ from }) => from))],
      };
    }),
  }));
}

export function compactScenes({ data }: ScriptFile, { ofShot }: Thumbnails): SceneData[] {
  return Object.values(data).map(({ caption, span, shots, voiceover }) => ({
    title: caption.scene_title,
    ...span,
    shotType: caption.shot_type,
    camera: caption.camera_movement,
    content: caption.content,
    voiceover,
    picture: ofShot.get(shots[0] ?? -1) ?? -1,
  }));
}
