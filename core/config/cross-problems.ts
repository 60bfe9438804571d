import { messageOf } from '../errors.js';
import { armProblems } from './arm-problems.js';
import { claimProblems } from './claim-problems.js';
import { expandArms } from './expand-arms.js';
import type { Experiment } from './experiment.js';
import { schemeOf } from './locations.js';
import { unknownName, type Problem } from './problems.js';
import { publishedProblems } from './published-problems.js';
import { robustnessProblems } from './robustness-problems.js';
import type { ConfigPath } from './yaml-source.js';

/** What one part of the experiment says and another contradicts; the schema cannot see it. */
export function crossProblems(experiment: Experiment, raw: unknown): Problem[] {
  const problems = [
    ...storeProblems(experiment),
    ...encoderProblems(experiment),
    ...languageProblems(experiment),
    ...questionProblems(experiment),
    ...experiment.arms.flatMap((_, i) => armProblems(experiment, raw, i)),
    ...metricProblems(experiment),
    ...robustnessProblems(experiment),
  ];
  if (problems.length > 0) return problems;
  const ids = idProblems(experiment);
  return ids.length > 0 ? ids : [...publishedProblems(experiment), ...claimProblems(experiment)];
}

/** Entries that nothing uses: harmless, and often a slip. */
export function unusedEntries(experiment: Experiment): Problem[] {
  const { encoders, generators, questions, arms } = experiment;
  const sets = Object.values(questions);
  const unused = (section: string, names: string[], used: (string | undefined)[], by: string): Problem[] =>
    names
      .filter((name) => !used.includes(name))
      .map((name) => ({ path: [section, name], at: 'key', message: `is used by no ${by}` }));
  return [
    ...unused(
      'encoders',
      Object.keys(encoders),
      arms.map((arm) => arm.encoder),
      'arm',
    ),
    ...unused(
      'questions',
      Object.keys(questions),
      arms.map((arm) => arm.questions),
      'arm',
    ),
    ...unused(
      'generators',
      Object.keys(generators),
      sets.map((set) => ('generator' in set ? set.generator : undefined)),
      'question set',
    ),
  ];
}

function storeProblems({ store }: Experiment): Problem[] {
  const scheme = store === undefined ? undefined : schemeOf(store);
  if (scheme === undefined || scheme === 'file' || scheme === 's3') return [];
  return [{ path: ['store'], at: 'value', message: `expected a file:// or s3:// URI, found ${scheme}://` }];
}

function encoderProblems({ encoders }: Experiment): Problem[] {
  return Object.entries(encoders)
    .filter(([, { device, computeType }]) => device === 'cuda' && computeType === 'int8')
    .map(([name]) => ({
      path: ['encoders', name, 'computeType'],
      at: 'value',
      message: 'int8 is for device: cpu; leave computeType out for cuda',
    }));
}

/** Two-letter codes are a closed list that ICU knows; three-letter ones may be rarer than its tables. */
function languageProblems({ queries, questions, robustness }: Experiment): Problem[] {
  const names = new Intl.DisplayNames(['en'], { type: 'language', fallback: 'none' });
  const check = (path: ConfigPath, languages: readonly string[] = []): Problem[] =>
    languages.flatMap((language, i): Problem[] => {
      const at = { path: [...path, i], at: 'value' as const };
      if (languages.indexOf(language) < i) return [{ ...at, message: `${language} is listed twice` }];
      if (language.split('-')[0]?.length === 2 && names.of(language) === undefined)
        return [{ ...at, message: `no language is known by the code ${JSON.stringify(language)} (BCP 47)` }];
      return [];
    });
  return [
    ...check(['queries', 'languages'], queries.languages),
    ...check(['robustness', 'pawsx', 'languages'], robustness?.pawsx?.languages),
    ...Object.entries(questions).flatMap(([name, set]) =>
      check(['questions', name, 'languages'], set.languages),
    ),
  ];
}

function questionProblems({ questions, generators }: Experiment): Problem[] {
  const known = Object.keys(generators);
  return Object.entries(questions).flatMap(([name, set]): Problem[] => {
    if (!('generator' in set)) return [];
    if (!known.includes(set.generator))
      return [unknownName(['questions', name, 'generator'], set.generator, 'generator', known)];
    if (set.decoding === 'greedy' && set.perLanguage > 1)
      return [
        {
          path: ['questions', name, 'decoding'],
          at: 'value',
          message: `greedy decoding writes the same question ${set.perLanguage} times (perLanguage: ${set.perLanguage}); sample, or set perLanguage: 1`,
        },
      ];
    return [];
  });
}

function metricProblems(experiment: Experiment): Problem[] {
  const { evaluate, report, qrels, search } = experiment;
  const { metrics } = evaluate;
  const problems = metrics.flatMap((metric, i): Problem[] => {
    const at = { path: ['evaluate', 'metrics', i], at: 'value' as const };
    if (metrics.indexOf(metric) < i) return [{ ...at, message: `${metric} is listed twice` }];
    if ((judgedCutOff(metric) ?? 0) <= search.depth) return [];
    return [{ ...at, message: `${metric} looks at more passages than search.depth keeps (${search.depth})` }];
  });
  const judged = metrics.filter((metric) => judgedCutOff(metric) !== undefined);
  if (qrels === undefined && judged.length > 0)
    problems.push({
      path: ['evaluate', 'metrics'],
      at: 'key',
      message: `${judged.join(', ')} need relevance judgements; set "qrels", or ask only for r@2kt and the like`,
    });
  if (report.metric !== undefined && !metrics.includes(report.metric))
    problems.push(unknownName(['report', 'metric'], report.metric, 'metric of evaluate.metrics', metrics));
  return problems;
}

/** k of the metrics that count judged passages; undefined for recall at k tokens. */
function judgedCutOff(metric: string): number | undefined {
  const match = /^(?:recall|mrr|ndcg)@(\d+)$/.exec(metric);
  return match ? Number(match[1]) : undefined;
}

/** Two different arms with one id; found last, since expanding needs everything else to be right. */
function idProblems(experiment: Experiment): Problem[] {
  try {
    expandArms(experiment);
    return [];
  } catch (error) {
    return [{ path: ['arms'], at: 'key', message: messageOf(error) }];
  }
}
