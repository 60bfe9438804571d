import type { Passage } from '../records.js';

/**
 * Fills `{language}`, `{title}` and `{text}` in. An empty value takes the space after its slot with it, so that
 * a passage without a title leaves no second space. What is filled in is not read for slots again.
 */
export function fillPrompt(prompt: string, passage: Pick<Passage, 'title' | 'text'>, language = ''): string {
  const values: Record<string, string> = { language, title: passage.title, text: passage.text };
  return prompt.replace(/\{(language|title|text)\}( ?)/g, (_, slot: string, space: string) => {
    const value = values[slot] ?? '';
    return value === '' ? '' : value + space;
  });
}
