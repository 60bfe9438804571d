import { selectArms, telling } from '../claims/select-arms.js';
import { expandArms } from './expand-arms.js';
import type { Experiment } from './experiment.js';
import { unknownName, type Problem } from './problems.js';

/** Whether published figures are of a metric and an arm that the experiment has. The arms have to be sound. */
export function publishedProblems(experiment: Experiment): Problem[] {
  const { published, evaluate, questions } = experiment;
  if (published.length === 0) return [];
  const arms = expandArms(experiment);
  return published.flatMap(({ arm, metric, average, byLanguage }, i): Problem[] => {
    const path = ['published', i];
    const problems: Problem[] = [];
    if (!evaluate.metrics.includes(metric))
      problems.push(unknownName([...path, 'metric'], metric, 'metric of evaluate.metrics', evaluate.metrics));
    if (average === undefined && Object.keys(byLanguage).length === 0)
      problems.push({ path, at: 'key', message: 'has no figure; give average, byLanguage or both' });
    // Which similarity an encoder's card names is not known here.
    const found = selectArms(arms, { ...arm, similarity: undefined }, questions);
    const exact = found.filter(({ similarity }) => similarity === arm.similarity);
    const picked = exact.length > 0 ? exact : found;
    if (picked.length === 1) return problems;
    const setting = telling(picked);
    const message =
      picked.length === 0
        ? `picks none of the arms: ${arms.map(({ id }) => id).join(', ')}`
        : `picks ${picked.length} arms (${picked.map(({ id }) => id).join(', ')}), expected one${setting ? `; add "${setting}"` : ''}`;
    return [...problems, { path: [...path, 'arm'], at: 'key', message }];
  });
}
