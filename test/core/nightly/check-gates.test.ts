import assert from 'node:assert/strict';
import { expandArms } from '../../../core/config/expand-arms.js';
import { checkGates } from '../../../core/nightly/check-gates.js';
import { parseGate } from '../../../core/nightly/gate.js';
import { madeUpExperiment } from '../statistics/made-up-run.js';

function check(gate: string, pawsx?: { questions?: string[] }): void {
  const experiment = madeUpExperiment(
    pawsx && { robustness: { pawsx: { folder: 'pawsx', languages: ['en', 'de'], ...pawsx } } },
  );
  checkGates([parseGate(gate)], experiment, expandArms(experiment));
}

describe('checkGates', () => {
  it("takes the experiment's metrics and arms", () => {
    check('recall@1 >= baseline');
    check('e5+mini-a0.03-n3: mrr@10 >= 0.5');
    check('e5+mini-a0.03-n3: pawsx.winRate <= baseline + 1', {});
  });

  it('refuses a metric or an arm that the experiment does not have', () => {
    assert.throws(() => check('r@2kt >= 3'), /expected one of the experiment's metrics \(recall@1, mrr@10\)/);
    assert.throws(() => check('e6: recall@1 >= 3'), /expected one of the experiment's arms \(e5, /);
  });

  it('refuses robustness that is not measured', () => {
    assert.throws(() => check('pawsx.winRate <= baseline + 1'), /pawsx\.winRate needs PAWS-X; set/);
    assert.throws(
      () => check('e5+mini-a0.03-n3: pawsx.winRate <= 40', { questions: [] }),
      /arms that PAWS-X is measured for \(e5, xlmr\), found e5\+mini-a0\.03-n3/,
    );
  });
});
