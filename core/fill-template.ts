/** Replaces every `{name}` of a template by the detail of that name, and by `?` where there is none. */
export function fillTemplate(template: string, details: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => String(details[name] ?? '?'));
}
