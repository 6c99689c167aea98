import type { Scene, ScriptFile, ShotType } from '../../core/schemas/script.js';
import type { Shot } from '../../core/schemas/shots.js';
import { CAMERA_VERBS, SHOT_TYPE_WORDS, capitalised, countedNoun, listText } from '../describe/english.js';
import { certainMovement } from '../describe/facts/camera.js';
import type { VideoFacts } from '../describe/facts/video-facts.js';
import { factsWithin } from '../describe/read-facts.js';
import { planOf } from '../describe/plan.js';
import { writeVideo } from '../describe/write/write-video.js';
import { shotTypeOf } from './shot-type.js';

/** A shorter shot joins the scene before it: there is little to say about less than a second. */
const MIN_SCENE_SEC = 1;
/** Things and sounds in the title of a scene. */
const MOST_IN_TITLE = 3;

/**
 * The script of a video in the form of Vript: a scene for every shot, short ones joined.
 * @param id the video's `id` in index.jsonl
 */
export function writeScript(video: VideoFacts, id: string, title: string): ScriptFile {
  const scenes = scenesOf(video.shots).map((shots, at) => sceneOf(video, shots, at, id, title));
  const complete = scenes.every(({ caption }) => Object.values(caption).every((text) => text !== ''));
  return {
    schema: 1,
    meta: { video_id: id, video_title: title, num_clips: scenes.length, integrity: scenes.length > 0 && complete },
    data: Object.fromEntries(scenes.map((scene) => [scene.clip_id, scene])),
  };
}

/** Groups shots into scenes; a short first shot joins the one after it. */
export function scenesOf(shots: readonly Shot[]): Shot[][] {
  const scenes: Shot[][] = [];
  for (const shot of shots) {
    const last = scenes.at(-1);
    const tooShort = shot.endSec - shot.startSec < MIN_SCENE_SEC;
    const lastTooShort = last !== undefined && (last.at(-1)?.endSec ?? 0) - (last[0]?.startSec ?? 0) < MIN_SCENE_SEC;
    if (last && (tooShort || lastTooShort)) last.push(shot);
    else scenes.push([shot]);
  }
  return scenes;
}

function sceneOf(video: VideoFacts, shots: readonly Shot[], at: number, id: string, title: string): Scene {
  const span = { startSec: shots[0]?.startSec ?? 0, endSec: shots.at(-1)?.endSec ?? 0 };
  const within = factsWithin(video, span, shots);
  const plan = planOf(within, 'scene');
  const person = plan.things.find(({ label }) => label === 'person');
  const people = within.objects.tracks.filter((track) => person?.tracks.includes(track.id) === true);
  const shotType = shotTypeOf(people.slice(0, 1));
  const movements = [...new Set(shots.map(certainMovement))];
  const movement = movements.length > 1 ? 'mixed' : (movements[0] ?? 'unknown');
  const clip = `${id}-Scene-${String(at + 1).padStart(3, '0')}`;
  const shown = [
    ...plan.things.map(({ label, count }) => countedNoun(label, count.most)),
    ...(plan.speech === null ? [] : ['speech']),
    ...plan.sounds.filter(({ label }) => label !== 'Speech').map(({ text }) => text),
  ].slice(0, MOST_IN_TITLE);
  return {
    video_id: id,
    clip_id: clip,
    video_title: title,
    caption: {
      shot_type: capitalised(shotTypeText(shotType, shots.length)),
      camera_movement: movementText(movement),
      content: writeVideo(within, 'scene')
        .sentences.map(({ text }) => text)
        .join(' '),
      scene_title: shown.length === 0 ? `Scene ${at + 1}` : capitalised(listText(shown)),
    },
    voiceover: within.spoken.map(({ text }) => text),
    span,
    shots: shots.map(({ index }) => index),
    closed: { shot_type: shotType, camera_movement: movement },
  };
}

function shotTypeText(type: ShotType, shots: number): string {
  if (type === 'unknown') return 'unknown';
  return shots === 1 ? SHOT_TYPE_WORDS[type] : `${SHOT_TYPE_WORDS[type]}, at first`;
}

function movementText(movement: Scene['closed']['camera_movement']): string {
  if (movement === 'unknown') return 'Unknown';
  return movement === 'mixed' ? 'The camera changes with the shots.' : `The camera ${CAMERA_VERBS[movement]}.`;
}
