import type { ArmSelector } from '../config/arm-selector.js';
import type { Against, ClaimConfig } from '../config/claims.js';
import type { StatisticsConfig } from '../config/statistics.js';
import { ownValue } from '../report/figures.js';
import type { ClaimFinding, ClaimOutcome, Verdict } from '../report/statistics-data.js';
import type { Arm } from '../retrieval/arms.js';
import { differenceOf, type Contrast } from '../statistics/contrast.js';
import { controlOf, encoderAlone } from '../statistics/relatives.js';
import { hasArm } from '../statistics/metric-table.js';
import type { SampledTable } from '../statistics/tables.js';
import { answer, finding, type Answer, type JudgementOptions } from './judgement.js';
import { selectArms, type QuestionSets } from './select-arms.js';
import { trendFindings } from './trend.js';

/** What claims are judged by. */
export interface Evidence {
  tables: ReadonlyMap<string, SampledTable>;
  arms: readonly Arm[];
  sets: QuestionSets;
  statistics: StatisticsConfig;
  seed: number;
  /** Of claims that name none. */
  primaryMetric: string;
}

/** Says of each claim whether it holds, fails, or cannot be decided by these queries. */
export function judgeClaims(claims: readonly ClaimConfig[], evidence: Evidence): ClaimOutcome[] {
  return claims.map((claim) => judgeClaim(claim, evidence));
}

function judgeClaim(claim: ClaimConfig, all: Evidence): ClaimOutcome {
  const { tests, level, correction, permutations } = all.statistics;
  const options: JudgementOptions = {
    test: claim.test ?? tests[0] ?? 'paired-t',
    level: claim.level ?? level,
    correction: claim.correction ?? correction,
    permutations,
    seed: all.seed,
  };
  const part = 'compare' in claim ? claim.compare : 'gains' in claim ? claim.gains : claim.trend;
  const metric = part.metric ?? all.primaryMetric;
  const told = (outcome: Verdict, why: string, findings: ClaimFinding[] = []): ClaimOutcome => {
    const { test, level, correction } = options;
    return {
      claim: claim.claim,
      required: claim.required,
      outcome,
      why,
      metric,
      test,
      level,
      correction,
      findings,
    };
  };
  const table = all.tables.get(metric);
  if (table === undefined) return told('undecided', `${metric} was not computed`);
  const evidence = { ...all, arms: all.arms.filter(({ id }) => hasArm(table.table, id)) };
  const scopes = scopesOf(claim, table);
  if (scopes.length === 0) return told('undecided', 'there is no query in these languages');
  if ('trend' in claim) {
    const { verdict, why, findings } = trendFindings(claim.trend, scopes, table, evidence, options);
    return told(verdict, why, findings);
  }
  const contrast = contrastOf(claim, evidence);
  if (contrast === undefined) return told('undecided', 'the run has no such arms');
  const { moreThan, lessThan } = 'compare' in claim ? claim.compare : claim.gains;
  const margin = ownValue(metric, lessThan ?? moreThan ?? 0);
  const answers = answer(
    table,
    scopes.map((scope) => ({ ...scope, contrast })),
    margin,
    options,
  );
  const findings = answers.map((one) =>
    finding(one, verdictOf(one, lessThan === undefined ? 'above' : 'below', options.test)),
  );
  const [outcome, why] = summed(findings, claim.allowedExceptions);
  return told(outcome, why, findings);
}

/** `average`, or one scope for each language. */
function scopesOf(claim: ClaimConfig, { table }: SampledTable): { label: string; languages: string[] }[] {
  const present = table.strata.map(({ language }) => language);
  const { languages, except } = claim;
  const chosen = Array.isArray(languages) ? languages : present;
  const kept = chosen.filter((language) => !except.includes(language));
  if (languages !== 'average') return kept.map((language) => ({ label: language, languages: [language] }));
  return kept.length === 0 ? [] : [{ label: 'average', languages: kept }];
}

function contrastOf(
  claim: Extract<ClaimConfig, { compare: unknown } | { gains: unknown }>,
  evidence: Evidence,
): Contrast | undefined {
  if ('compare' in claim) return gainOf(claim.compare.arm, claim.compare.against, evidence);
  const { of, than, against } = claim.gains;
  const more = gainOf(of, against, evidence);
  const less = gainOf(than, against, evidence);
  return more && less && [...more, ...less.map(({ arm, weight }) => ({ arm, weight: -weight }))];
}

function gainOf(selector: ArmSelector, against: Against, { arms, sets }: Evidence): Contrast | undefined {
  const arm = selectArms(arms, selector, sets)[0];
  if (arm === undefined) return undefined;
  const other =
    typeof against === 'object'
      ? selectArms(arms, against, sets)[0]
      : against === 'encoder'
        ? encoderAlone(arms, arm)
        : controlOf(arms, arm, against);
  return other && differenceOf(arm.id, other.id);
}

function verdictOf({ side }: Answer, wanted: 'above' | 'below', test: JudgementOptions['test']): Verdict {
  if (side === wanted) return 'holds';
  // Without a test a figure on the margin itself does not lie beyond it.
  return side === 'unclear' || (side === 'equal' && test !== 'none') ? 'undecided' : 'fails';
}

/** Of several languages so many may be exceptions; what is undecided may turn out to be one. */
function summed(findings: readonly ClaimFinding[], exceptions: number): [Verdict, string] {
  const of = (outcome: Verdict): string[] =>
    findings.filter((found) => found.outcome === outcome).map(({ label }) => label);
  const [fails, undecided] = [of('fails'), of('undecided')];
  const parts = [
    ...(fails.length > 0 ? [`fails for ${fails.join(', ')}`] : []),
    ...(undecided.length > 0 ? [`undecided for ${undecided.join(', ')}`] : []),
  ];
  const verdict =
    fails.length > exceptions
      ? 'fails'
      : fails.length + undecided.length > exceptions
        ? 'undecided'
        : 'holds';
  const [only] = findings;
  if (findings.length === 1 && only)
    return [
      verdict,
      only.note ?? (only.label === 'average' ? 'averaged over query languages' : `in ${only.label}`),
    ];
  const allowed = exceptions > 0 ? `; so many may be exceptions: ${exceptions}` : '';
  return [verdict, parts.length === 0 ? `holds for all ${findings.length}` : `${parts.join('; ')}${allowed}`];
}
