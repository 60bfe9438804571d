import type { Experiment } from './experiment.js';
import { schemeOf } from './locations.js';
import { unknownName, type Problem } from './problems.js';

/** What the robustness section names and the experiment does not have, or cannot use there. */
export function robustnessProblems({ robustness, questions, arms }: Experiment): Problem[] {
  const pawsx = robustness?.pawsx;
  if (pawsx === undefined) return [];
  const path = ['robustness', 'pawsx'];
  const scheme = schemeOf(pawsx.folder);
  const problems: Problem[] =
    scheme === undefined || scheme === 'file' || scheme === 's3'
      ? []
      : [
          {
            path: [...path, 'folder'],
            at: 'value',
            message: `expected a path, a file:// or an s3:// URI, found ${scheme}://`,
          },
        ];
  for (const [i, set] of (pawsx.questions ?? []).entries()) {
    const at = [...path, 'questions', i];
    const config = questions[set];
    if (config === undefined) problems.push(unknownName(at, set, 'question set', Object.keys(questions)));
    else if ('import' in config)
      problems.push({
        path: at,
        at: 'value',
        message: `the questions of ${set} are imported, about the corpus's passages; only a generator can ask about the sentences of PAWS-X`,
      });
    else if (!arms.some((arm) => arm.questions === set))
      problems.push({ path: at, at: 'value', message: `no arm uses the question set ${set}` });
  }
  return problems;
}
