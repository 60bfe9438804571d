import { seenAndUnseen } from '../statistics/relatives.js';
import type { ArmResult, ReportData } from './report-data.js';
import type { ComparisonData } from './statistics-data.js';

/** What an arm gains in query languages that it has questions in, and in those that it has none in. */
export interface SeenUnseen {
  result: ArmResult;
  seen: ComparisonData;
  unseen: ComparisonData;
  /** Query languages without questions. */
  unseenLanguages: string[];
}

/** One for each xQG arm, controls apart, whose questions are in some of the query languages and not in all. */
export function seenUnseen(data: ReportData, metric: string): SeenUnseen[] {
  return data.arms.flatMap((result): SeenUnseen[] => {
    if (result.arm.augmentation === undefined || result.arm.augmentation.control !== undefined) return [];
    const over = (group: string): ComparisonData | undefined =>
      data.statistics?.comparisons.find(
        (entry) =>
          entry.role === 'baseline' &&
          entry.metric === metric &&
          entry.over === group &&
          entry.arm === result.arm.id,
      );
    const [seen, unseen] = [over('seen'), over('unseen')];
    if (seen === undefined || unseen === undefined) return [];
    return [{ result, seen, unseen, unseenLanguages: seenAndUnseen(result.arm, data.languages).unseen }];
  });
}
