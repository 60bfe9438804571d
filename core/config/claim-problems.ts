import { PAWSX_METRICS } from '../claims/pawsx-metrics.js';
import { selectArms, telling } from '../claims/select-arms.js';
import type { Arm } from '../retrieval/arms.js';
import { controlOf, encoderAlone } from '../statistics/relatives.js';
import type { ArmSelector } from './arm-selector.js';
import type { Against, ClaimConfig } from './claims.js';
import { expandArms } from './expand-arms.js';
import type { Experiment } from './experiment.js';
import { unknownName, type Problem } from './problems.js';
import { pawsxArms } from './robustness.js';
import type { ConfigPath } from './yaml-source.js';

/**
 * Whether what claims and `statistics` speak of is there: arms, metrics, query languages. Expands the arms, so that
 * everything else of the experiment has to be right.
 */
export function claimProblems(experiment: Experiment): Problem[] {
  const check = new ClaimCheck(experiment, expandArms(experiment));
  const { baseline } = experiment.statistics;
  return [
    ...(baseline === 'encoder' ? [] : check.onePicked(baseline, ['statistics', 'baseline']).problems),
    ...experiment.claims.flatMap((claim, i) => check.problemsOf(claim, ['claims', i])),
  ];
}

interface Picked {
  arm?: Arm;
  problems: Problem[];
}

class ClaimCheck {
  constructor(
    private readonly experiment: Experiment,
    private readonly arms: readonly Arm[],
  ) {}

  problemsOf(claim: ClaimConfig, path: ConfigPath): Problem[] {
    const problems = this.languageProblems(claim, path);
    if ('compare' in claim) {
      const { arm, against } = claim.compare;
      const at = [...path, 'compare'];
      problems.push(...this.metricProblems(claim.compare.metric, at), ...boundProblems(claim.compare, at));
      problems.push(...this.pairProblems(arm, against, [...at, 'arm'], [...at, 'against']));
      problems.push(...this.unmeasured(claim.compare.metric, arm, [...at, 'arm']));
      if (typeof against === 'object')
        problems.push(...this.unmeasured(claim.compare.metric, against, [...at, 'against']));
    } else if ('gains' in claim) {
      const { of, than, against } = claim.gains;
      const at = [...path, 'gains'];
      problems.push(...this.metricProblems(claim.gains.metric, at), ...boundProblems(claim.gains, at));
      problems.push(...this.pairProblems(of, against, [...at, 'of'], [...at, 'of']));
      problems.push(...this.pairProblems(than, against, [...at, 'than'], [...at, 'than']));
      problems.push(...this.unmeasured(claim.gains.metric, of, [...at, 'of']));
      problems.push(...this.unmeasured(claim.gains.metric, than, [...at, 'than']));
    } else {
      const at = [...path, 'trend'];
      problems.push(...this.metricProblems(claim.trend.metric, at), ...this.trendProblems(claim.trend, at));
      problems.push(...this.unmeasured(claim.trend.metric, claim.trend.arms, [...at, 'arms']));
    }
    return problems;
  }

  /** The one arm that a selector picks, or why it does not. */
  onePicked(selector: ArmSelector, path: ConfigPath): Picked {
    const names = this.nameProblems(selector, path);
    if (names.length > 0) return { problems: names };
    const found = this.select(selector);
    const [arm] = found;
    if (arm === undefined) return { problems: [this.nonePicked(selector, path)] };
    if (found.length === 1) return { arm, problems: [] };
    const setting = telling(found);
    const ids = found.map(({ id }) => id).join(', ');
    const message = `picks ${found.length} arms (${ids}), expected one${setting ? `; add "${setting}"` : ''}`;
    return { problems: [{ path, at: 'key', message }] };
  }

  /** By any similarity where none fits: which one an encoder's card names is not known here. */
  private select({ similarity, ...selector }: ArmSelector): Arm[] {
    const { questions } = this.experiment;
    const anyhow = selectArms(this.arms, selector, questions);
    const exact = anyhow.filter((arm) => arm.similarity === (similarity ?? arm.similarity));
    return exact.length === 0 ? anyhow : exact;
  }

  private pairProblems(
    selector: ArmSelector,
    against: Against,
    path: ConfigPath,
    againstPath: ConfigPath,
  ): Problem[] {
    const { arm, problems } = this.onePicked(selector, path);
    if (typeof against === 'object') {
      const other = this.onePicked(against, againstPath);
      const same = arm !== undefined && other.arm?.id === arm.id;
      return [
        ...problems,
        ...other.problems,
        ...(same
          ? [{ path: againstPath, at: 'key' as const, message: `picks ${arm.id}, the arm itself` }]
          : []),
      ];
    }
    if (arm === undefined) return problems;
    const other = against === 'encoder' ? encoderAlone(this.arms, arm) : controlOf(this.arms, arm, against);
    if (other !== undefined) return problems;
    const missing =
      against === 'encoder'
        ? `no arm of the encoder ${arm.encoder} alone to compare ${arm.id} with; add { encoder: ${arm.encoder} } to the arms`
        : `no ${against} control of ${arm.id} among the arms; add control: [none, ${against}] to it`;
    return [...problems, { path: againstPath, at: 'key', message: missing }];
  }

  private trendProblems(
    { arms, by }: Extract<ClaimConfig, { trend: unknown }>['trend'],
    at: ConfigPath,
  ): Problem[] {
    const path = [...at, 'arms'];
    const names = this.nameProblems(arms, path);
    if (names.length > 0) return names;
    if (arms[by] !== undefined)
      return [{ path: [...path, by], at: 'key', message: `has to be left out: the trend follows it` }];
    const found = this.select(arms);
    const values = new Set(found.map(({ augmentation }) => augmentation?.[by]));
    if (values.size < 2)
      return [
        { path, at: 'key', message: `picks ${found.length} arms, expected two or more that differ in ${by}` },
      ];
    const others = found.filter(({ augmentation }) => augmentation?.[by] === found[0]?.augmentation?.[by]);
    const setting = telling(others);
    return setting === undefined
      ? []
      : [{ path, at: 'key', message: `picks arms that differ in ${setting} too; add "${setting}"` }];
  }

  private nameProblems({ encoder, questions }: ArmSelector, path: ConfigPath): Problem[] {
    const encoders = Object.keys(this.experiment.encoders);
    const sets = Object.keys(this.experiment.questions);
    return [
      ...(encoders.includes(encoder)
        ? []
        : [unknownName([...path, 'encoder'], encoder, 'encoder', encoders)]),
      ...(questions === undefined || sets.includes(questions)
        ? []
        : [unknownName([...path, 'questions'], questions, 'question set', sets)]),
    ];
  }

  private nonePicked({ encoder, questions }: ArmSelector, path: ConfigPath): Problem {
    const near = this.arms.filter(
      (arm) => arm.encoder === encoder && arm.augmentation?.questions === questions,
    );
    const ids = near.slice(0, 5).map(({ id }) => id);
    const hint = ids.length === 0 ? '' : `; there are: ${ids.join(', ')}${near.length > 5 ? ', …' : ''}`;
    return { path, at: 'key', message: `picks no arm${hint}` };
  }

  private metricProblems(metric: string | undefined, at: ConfigPath): Problem[] {
    if (metric === undefined) return [];
    const { evaluate, robustness } = this.experiment;
    const path = [...at, 'metric'];
    if (!isPawsx(metric))
      return evaluate.metrics.includes(metric)
        ? []
        : [unknownName(path, metric, 'metric of evaluate.metrics', evaluate.metrics)];
    if (robustness?.pawsx === undefined)
      return [{ path, at: 'value', message: `${metric} needs PAWS-X; set "robustness.pawsx"` }];
    const known: readonly string[] = PAWSX_METRICS;
    return known.includes(metric) ? [] : [unknownName(path, metric, 'metric of PAWS-X', known)];
  }

  /** Arms that the claim's metric is not computed for. */
  private unmeasured(metric: string | undefined, selector: ArmSelector, path: ConfigPath): Problem[] {
    if (!isPawsx(metric) || this.experiment.robustness?.pawsx === undefined) return [];
    const measured = new Set(pawsxArms(this.experiment, this.arms));
    const [arm] = this.select(selector).filter((one) => !measured.has(one));
    if (arm === undefined) return [];
    const message = `PAWS-X is not measured for ${arm.id}: its questions are imported, or not among robustness.pawsx.questions`;
    return [{ path, at: 'key', message }];
  }

  private languageProblems(claim: ClaimConfig, path: ConfigPath): Problem[] {
    const { languages, except } = claim;
    const { queries, robustness } = this.experiment;
    const part = 'compare' in claim ? claim.compare : 'gains' in claim ? claim.gains : claim.trend;
    const known = isPawsx(part.metric) ? robustness?.pawsx?.languages : queries.languages;
    if (known === undefined) return [];
    const check = (field: string, listed: readonly string[]): Problem[] =>
      listed.flatMap((language, i) =>
        known.includes(language) ? [] : [unknownName([...path, field, i], language, 'query language', known)],
      );
    return [...check('languages', Array.isArray(languages) ? languages : []), ...check('except', except)];
  }
}

function isPawsx(metric: string | undefined): metric is string {
  return metric?.startsWith('pawsx.') === true;
}

function boundProblems(
  { moreThan, lessThan }: { moreThan?: number | undefined; lessThan?: number | undefined },
  at: ConfigPath,
): Problem[] {
  if (moreThan === undefined || lessThan === undefined) return [];
  return [{ path: [...at, 'lessThan'], at: 'key', message: 'stands beside moreThan; make two claims of it' }];
}
