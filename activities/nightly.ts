import { Context } from '@temporalio/activity';
import { InvalidInputError } from '../core/errors.js';
import { closeNight, openNight, readNightly, readNights } from '../core/nightly/night.js';
import { nightlyKeys } from '../core/nightly/records.js';
import { postWebhook, webhookMessage } from '../core/nightly/webhook.js';
import type { NightlyActivities } from '../workflows/activity-types.js';
import type { ActivityDependencies } from './index.js';
import { asFailure } from './failures.js';

/** The activities around one night's run: before it, after it, and telling of it. */
export function createNightlyActivities({ openStore, log }: ActivityDependencies): NightlyActivities {
  const guarded = async <T>(work: () => Promise<T>): Promise<T> => {
    const { attempt } = Context.current().info;
    try {
      return await work();
    } catch (error) {
      log.warn({ err: error }, 'nightly activity failed');
      throw await asFailure(error, { attempt, ofShard: false, context: undefined });
    }
  };
  return {
    openNight: ({ name, storeUri, runId }) =>
      guarded(async () => {
        const { timeLimitMinutes, experiment } = await openNight(await openStore(storeUri), name, runId);
        return { timeLimitMinutes, priority: experiment.run.priority };
      }),

    closeNight: ({ name, storeUri, ...end }) =>
      guarded(async () => {
        const night = await closeNight(await openStore(storeUri), name, end);
        const { verdict, gates, brokenClaims = [] } = night;
        const broken = gates.filter((gate) => gate.verdict === 'fails').length;
        return { verdict, brokenGates: broken, brokenClaims: brokenClaims.length };
      }),

    tellNight: ({ name, storeUri, runId }) =>
      guarded(async () => {
        const store = await openStore(storeUri);
        const nightly = await readNightly(store, name);
        const night = (await readNights(store, name)).find((one) => one.runId === runId);
        if (nightly.webhookEnv === undefined || night === undefined) return;
        if (night.verdict === 'good' && !nightly.webhookAlways) return;
        const url = process.env[nightly.webhookEnv];
        if (url === undefined || url === '') {
          throw new InvalidInputError(
            `Telling of night ${runId}: the environment variable ${nightly.webhookEnv} of this worker is not set; it should hold the webhook's address`,
          );
        }
        await postWebhook(url, webhookMessage(name, night, `${storeUri}/${nightlyKeys.trend(name)}`));
      }),
  };
}
