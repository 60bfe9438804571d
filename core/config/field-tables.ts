import { experimentJsonSchema, type JsonSchema } from './json-schema.js';

/** Sections of docs/experiment.md whose tables of fields are made from the schema. */
const sections: Record<string, (root: JsonSchema) => JsonSchema | undefined> = {
  experiment: (root) => root,
  corpus: (root) => root.properties?.['corpus'],
  queries: (root) => root.properties?.['queries'],
  encoders: (root) => entryOf(root.properties?.['encoders']),
  'generators.onnx': (root) => entryOf(root.properties?.['generators'])?.oneOf?.[0],
  'generators.openai': (root) => entryOf(root.properties?.['generators'])?.oneOf?.[1],
  'questions.generator': (root) => entryOf(root.properties?.['questions'])?.anyOf?.[0],
  'questions.decoding': (root) =>
    entryOf(root.properties?.['questions'])?.anyOf?.[0]?.properties?.['decoding']?.anyOf?.[1],
  'questions.import': (root) => entryOf(root.properties?.['questions'])?.anyOf?.[1],
  arms: (root) => root.properties?.['arms']?.items,
  search: (root) => root.properties?.['search'],
  evaluate: (root) => root.properties?.['evaluate'],
  robustness: (root) => root.properties?.['robustness'],
  'robustness.pawsx': (root) => root.properties?.['robustness']?.properties?.['pawsx'],
  'robustness.perturbations': (root) => root.properties?.['robustness']?.properties?.['perturbations']?.items,
  statistics: (root) => root.properties?.['statistics'],
  claims: (root) => claimOf(root, 0),
  'claims.compare': (root) => claimOf(root, 0)?.properties?.['compare'],
  'claims.arm': (root) => claimOf(root, 0)?.properties?.['compare']?.properties?.['arm'],
  'claims.gains': (root) => claimOf(root, 1)?.properties?.['gains'],
  'claims.trend': (root) => claimOf(root, 2)?.properties?.['trend'],
  published: (root) => root.properties?.['published']?.items,
  'published.arm': (root) => root.properties?.['published']?.items?.properties?.['arm'],
  report: (root) => root.properties?.['report'],
  run: (root) => root.properties?.['run'],
  'run.parallelism': (root) => root.properties?.['run']?.properties?.['parallelism'],
};

const MARKED = /(<!-- fields: (\S+) -->\n)[^]*?(<!-- end of fields -->)/g;

/**
 * Puts the current tables between the markers of docs/experiment.md.
 * @throws Error for a marker of an unknown section, and for a section without a marker
 */
export function fillFieldTables(markdown: string): string {
  const root = experimentJsonSchema();
  const missing = new Set(Object.keys(sections));
  const filled = markdown.replace(MARKED, (_, start: string, section: string, end: string) => {
    const schema = sections[section]?.(root);
    if (!schema) throw new Error(`docs/experiment.md: there is no section ${section} in the schema`);
    missing.delete(section);
    return `${start}\n${fieldTable(schema)}\n\n${end}`;
  });
  if (missing.size > 0) throw new Error(`docs/experiment.md: no marker for ${[...missing].join(', ')}`);
  return filled;
}

/** One row for each field, in the schema's order, columns padded as prettier pads them. */
function fieldTable(schema: JsonSchema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([name, field]) => [
    `\`${name}\``,
    typeWords(field),
    schema.required?.includes(name) ? 'required' : defaultWords(field),
    field.description ?? '',
  ]);
  const table = [['field', 'type', 'default', 'meaning'], ...rows];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`;
  const lines = table.map((row) => line(row.map((cell, column) => cell.padEnd(widths[column] ?? 0))));
  return [lines[0], line(widths.map((width) => '-'.repeat(width))), ...lines.slice(1)].join('\n');
}

function defaultWords({ default: value }: JsonSchema): string {
  if (value === undefined || (typeof value === 'object' && !Array.isArray(value))) return '';
  return `\`${Array.isArray(value) ? `[${value.join(', ')}]` : String(value)}\``;
}

function typeWords(field: JsonSchema): string {
  const branches = field.anyOf ?? field.oneOf;
  if (branches) return [...new Set(branches.map(typeWords))].join(' or ');
  if (field.const !== undefined) return `\`${String(field.const)}\``;
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  switch (field.type) {
    case 'string':
      return field.pattern?.includes('[a-z]{2,3}') ? 'language code' : 'text';
    case 'boolean':
      return '`true`, `false`';
    case 'integer':
    case 'number':
      return numberWords(field);
    case 'array':
      return `list of ${plural(typeWords(field.items ?? {}))}`;
    default:
      return field.properties || field.type !== 'object' ? 'mapping' : 'mapping of names';
  }
}

function numberWords({ type, minimum, maximum, exclusiveMinimum, exclusiveMaximum }: JsonSchema): string {
  const noun = type === 'integer' ? 'whole number' : 'number';
  const show = (bound: number): string => bound.toLocaleString('en');
  if (minimum !== undefined && maximum !== undefined) return `${noun}, ${show(minimum)} to ${show(maximum)}`;
  const bounds = [
    minimum !== undefined && `≥ ${show(minimum)}`,
    exclusiveMinimum !== undefined && `> ${show(exclusiveMinimum)}`,
    maximum !== undefined && `≤ ${show(maximum)}`,
    exclusiveMaximum !== undefined && `< ${show(exclusiveMaximum)}`,
  ].filter((bound) => bound !== false);
  return [noun, bounds.join(' and ')].join(' ').trim();
}

function plural(words: string): string {
  const simple = /^(text|language code|mapping|(?:whole )?number)\b/;
  return words.replace(simple, (noun) => `${noun}s`);
}

function claimOf(root: JsonSchema, form: number): JsonSchema | undefined {
  return root.properties?.['claims']?.items?.anyOf?.[form];
}

function entryOf(record: JsonSchema | undefined): JsonSchema | undefined {
  const entry = record?.additionalProperties;
  return typeof entry === 'object' ? entry : undefined;
}
