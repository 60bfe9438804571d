import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../core/project-root.js';

/** What scipy and statsmodels say, see make.py beside it. */
export interface StatisticsGolden {
  cases: {
    name: string;
    a: number[];
    b: number[];
    t: number;
    df: number;
    p: number;
    dz: number;
    /** Of the randomisation test, all ways to set the signs. */
    exact?: number;
    /** The same, 200,000 ways drawn. */
    drawn?: number;
    bootstrap: [low: number, high: number];
  }[];
  corrections: { p: number[]; bonferroni: number[]; holm: number[] }[];
  stratified: { ar: number[]; ru: number[]; p: number };
}

export const golden = JSON.parse(
  readFileSync(join(projectRoot(), 'test/golden/statistics/expected.json'), 'utf8'),
) as StatisticsGolden;
