import assert from 'node:assert/strict';
import { perturbQueries } from '../../../core/perturbations/perturb-queries.js';
import { parsePerturbedId } from '../../../core/perturbations/perturbed-id.js';
import type { Query } from '../../../core/records.js';

const queries = Array.from({ length: 400 }, (_, i): Query => {
  return { queryId: `q${i}`, text: `who wrote book number ${i}`, lang: 'en', answers: ['a'] };
});

const withoutText = (query: Query): Query => ({ ...query, text: '' });

describe('perturbing the queries of a shard', () => {
  const typo = { kind: 'typo', rate: 0.2 } as const;

  it('names them by the perturbation, keeps languages and answers, and counts changes', () => {
    const { queries: perturbed, changed } = perturbQueries(queries, typo, { seed: 1, share: 1 });
    assert.deepEqual(
      perturbed.map(withoutText),
      queries.map((query) => ({ ...withoutText(query), queryId: `typo-0.2:${query.queryId}` })),
    );
    assert.equal(changed, perturbed.filter(({ text }, i) => text !== queries[i]!.text).length);
    assert.ok(changed > 300);
  });

  it('takes the same share of queries for every perturbation and cut into shards', () => {
    const ids = (kind: 'typo' | 'case', some: readonly Query[]) =>
      perturbQueries(some, { kind, rate: 0.2 }, { seed: 1, share: 0.25 }).queries.map(
        ({ queryId }) => parsePerturbedId(queryId).queryId,
      );
    const taken = ids('typo', queries);
    assert.ok(Math.abs(taken.length - 100) < 25, String(taken.length));
    assert.deepEqual(ids('case', queries), taken);
    assert.deepEqual([...ids('typo', queries.slice(0, 200)), ...ids('typo', queries.slice(200))], taken);
  });

  it('takes one query at least', () => {
    assert.equal(perturbQueries(queries.slice(0, 3), typo, { seed: 1, share: 1e-9 }).queries.length, 1);
  });
});
