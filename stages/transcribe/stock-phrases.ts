/**
 * Sentences that Whisper networks write over silence, rain and music, learned from subtitles of videos. People say them
 * too, so one alone is no reason to doubt: another sign must come with it.
 */
const PHRASES: Readonly<Record<string, readonly string[]>> = {
  en: [
    'you',
    'thank you',
    'thank you very much',
    'thank you so much',
    'thanks for watching',
    'thank you for watching',
    'please subscribe',
    'bye',
    'bye bye',
    'okay',
    'oh',
    'so',
    'i m sorry',
    'i m going to go to the next one',
    'subtitles by the amara org community',
    'see you next time',
    'see you in the next video',
    'the end',
    'music',
    'applause',
  ],
  de: ['vielen dank', 'untertitel der amara org community', 'untertitel im auftrag des zdf', 'danke fürs zuschauen'],
  fr: ['merci', 'sous titres réalisés par la communauté d amara org', 'merci d avoir regardé cette vidéo'],
  es: ['gracias', 'gracias por ver el video', 'subtítulos realizados por la comunidad de amara org', '¡gracias!'],
  it: ['grazie', 'sottotitoli creati dalla comunità amara org', 'grazie a tutti'],
  pt: ['obrigado', 'legendas pela comunidade amara org', 'e aí'],
  nl: ['bedankt', 'ondertitels ingediend door de amara org gemeenschap', 'tv gelderland 2021'],
  ru: ['спасибо', 'продолжение следует', 'субтитры сделал dimatorzok'],
  zh: ['谢谢', '谢谢大家', '请不吝点赞 订阅 转发 打赏支持明镜与点点栏目', '字幕由amara org社区提供'],
  ja: ['ご視聴ありがとうございました', 'ありがとうございました', 'おやすみなさい'],
  ko: ['감사합니다', '시청해주셔서 감사합니다', '한글자막 by 한효정'],
};

/** Whether the whole text is such a sentence. */
export function stockPhrase(text: string, language: string): boolean {
  const plain = text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
  return plain === '' || (PHRASES[language] ?? []).includes(plain);
}
