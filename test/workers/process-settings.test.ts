import assert from 'node:assert/strict';
import { modelProcessSettings } from '../../workers/process-settings.js';

describe('settings of model and search processes', () => {
  it('are added to what a process has', () => {
    assert.deepEqual(modelProcessSettings({ HOME: '/root' }, ['--enable-source-maps']), {
      env: { HOME: '/root', GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' },
      execArgv: ['--enable-source-maps', '--single-threaded-gc'],
    });
  });

  it('leave those of malloc to the user where there are some, even none at all', () => {
    for (const GLIBC_TUNABLES of ['glibc.malloc.check=3', ''])
      assert.deepEqual(modelProcessSettings({ GLIBC_TUNABLES }).env, { GLIBC_TUNABLES });
  });
});
