import { countRange, isLanguageList, isLanguageWord } from './expand-arms.js';
import type { ArmConfig, Experiment, QuestionsConfig } from './experiment.js';
import { unknownName, type Problem } from './problems.js';
import type { ConfigPath } from './yaml-source.js';

/** Fields of an arm that say how questions are used. */
const OF_QUESTIONS = ['alpha', 'perLanguage', 'languages', 'control', 'export'] as const;

/** Whether an arm's encoder and questions exist, and its n and languages are among the question set's. */
export function armProblems(experiment: Experiment, raw: unknown, index: number): Problem[] {
  const arm = experiment.arms[index];
  if (!arm) return [];
  const path = ['arms', index];
  const encoders = Object.keys(experiment.encoders);
  const problems: Problem[] = encoders.includes(arm.encoder)
    ? []
    : [unknownName([...path, 'encoder'], arm.encoder, 'encoder', encoders)];
  if (arm.questions === undefined) return [...problems, ...withoutQuestions(raw, index)];
  const set = experiment.questions[arm.questions];
  if (!set) {
    const known = Object.keys(experiment.questions);
    return [...problems, unknownName([...path, 'questions'], arm.questions, 'question set', known)];
  }
  return [...problems, ...countProblems(arm, set, path), ...languageProblems(arm, set, path)];
}

/** Defaults are filled in by now, so what was written is seen only in the raw value. */
function withoutQuestions(raw: unknown, index: number): Problem[] {
  const written = (raw as { arms: Record<string, unknown>[] }).arms[index] ?? {};
  return OF_QUESTIONS.filter((field) => field in written).map((field) => ({
    path: ['arms', index, field],
    at: 'key',
    message: `says how questions are used, but the arm has no "questions"; add it, or remove ${field}`,
  }));
}

function countProblems(arm: ArmConfig, set: QuestionsConfig, path: ConfigPath): Problem[] {
  if (typeof arm.perLanguage === 'string') return rangeProblems(arm.perLanguage, arm, set, path);
  const counts = arm.perLanguage === undefined ? [] : [arm.perLanguage].flat();
  return counts.flatMap((count, i): Problem[] =>
    count <= set.perLanguage
      ? []
      : [
          {
            path: [...path, 'perLanguage', ...(Array.isArray(arm.perLanguage) ? [i] : [])],
            at: 'value',
            message: `expected at most ${set.perLanguage}, the perLanguage of the question set ${arm.questions}, found ${count}`,
          },
        ],
  );
}

function rangeProblems(range: string, arm: ArmConfig, set: QuestionsConfig, path: ConfigPath): Problem[] {
  const { first, last } = countRange(range, set);
  if (first <= last && last <= set.perLanguage) return [];
  return [
    {
      path: [...path, 'perLanguage'],
      at: 'value',
      message: `expected a range within 1..${set.perLanguage}, the perLanguage of the question set ${arm.questions}, found ${range}`,
    },
  ];
}

function languageProblems(arm: ArmConfig, set: QuestionsConfig, path: ConfigPath): Problem[] {
  const check = (choice: ArmConfig['languages'], at: ConfigPath): Problem[] => {
    if (choice === 'leave-one-out' && set.languages.length === 1)
      return [
        {
          path: at,
          at: 'value',
          message: `leave-one-out leaves nothing of the question set ${arm.questions}, which has ${set.languages.join(', ')} alone`,
        },
      ];
    if (isLanguageWord(choice)) return [];
    if (!isLanguageList(choice)) return choice.flatMap((one, i) => check(one, [...at, i]));
    return choice.flatMap((language, i): Problem[] => {
      const place = { path: [...at, i], at: 'value' as const };
      if (choice.indexOf(language) < i) return [{ ...place, message: `${language} is listed twice` }];
      if (set.languages.includes(language)) return [];
      return [
        {
          ...place,
          message: `the question set ${arm.questions} has no questions in ${language}; it has ${set.languages.join(', ')}`,
        },
      ];
    });
  };
  return check(arm.languages, [...path, 'languages']);
}
