const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for an element or a quoted attribute. File names and labels come from strangers. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** JSON for a `<script type="application/json">`: nothing in it can close the element or open a comment. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(/</g, '\\u003c');
}

/** A path below the page's folder as a relative link: `#`, `?`, `%`, `:` and spaces in names stay part of the name. */
export function relativeUrl(path: string): string {
  const wellFormed = path.replace(/\p{Surrogate}/gu, '\uFFFD');
  return wellFormed.split('/').map(encodeURIComponent).join('/');
}
