import type { Control } from '../retrieval/arms.js';
import { controlOf } from '../statistics/relatives.js';
import type { ArmResult, ReportData } from './report-data.js';
import { gainOverEncoder } from './significance.js';
import type { ComparisonData } from './statistics-data.js';

/**
 * The gain of an xQG arm over its encoder alone in two parts: `shift`, what its control gains, which adds no word
 * about the passage; `content`, what the arm has over that control. shift + content = gain.
 */
export interface GainSplit {
  result: ArmResult;
  control: Control;
  gain: ComparisonData;
  shift: ComparisonData;
  content: ComparisonData;
}

/** One split for each xQG arm and control that was run beside it, by the average over query languages. */
export function gainSplits(data: ReportData, metric: string): GainSplit[] {
  const arms = data.arms.map(({ arm }) => arm);
  return data.arms.flatMap((result) =>
    (['mean', 'shuffled'] as const).flatMap((kind): GainSplit[] => {
      const control = controlOf(arms, result.arm, kind);
      if (control === undefined) return [];
      const gain = gainOverEncoder(data, metric, result.arm.id);
      const shift = gainOverEncoder(data, metric, control.id);
      const content = data.statistics?.comparisons.find(
        (entry) =>
          entry.role === 'control' &&
          entry.metric === metric &&
          entry.over === 'all' &&
          entry.arm === result.arm.id &&
          entry.against === control.id,
      );
      if (!gain || !shift || !content) return [];
      return [{ result, control: kind, gain, shift, content }];
    }),
  );
}
