import type { Fault } from '../fault.js';

/** `xqg run --embedded` and everything that it started, servers and guards included, get SIGKILL at once. */
export const allKilled: Fault = {
  name: 'xqg run --embedded killed whole, and given again',
  setting: 'embedded',
  weight: 7,
  // Such a run is one command after the other, and not a service's: `runEmbedded` kills it.
  inject: () => Promise.reject(new Error('An embedded run is disturbed by runEmbedded')),
};
