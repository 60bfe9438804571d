import assert from 'node:assert/strict';
import { withHugePages } from '../../workers/malloc-settings.js';

describe('settings of malloc', () => {
  it('are added to the environment', () => {
    assert.deepEqual(withHugePages({ HOME: '/root' }), {
      HOME: '/root',
      GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1',
    });
  });

  it('are the user’s own where there are some, even none at all', () => {
    for (const GLIBC_TUNABLES of ['glibc.malloc.check=3', ''])
      assert.deepEqual(withHugePages({ GLIBC_TUNABLES }), { GLIBC_TUNABLES });
  });
});
