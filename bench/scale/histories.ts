import type { Client } from '@temporalio/client';

/** What the histories of a run's workflows hold. */
export interface HistoryFigures {
  /** Executions, each continue-as-new one more. */
  executions: number;
  maxEvents: number;
  totalEvents: number;
  /** Activities scheduled, by type. */
  activities: Record<string, number>;
  largestPayload: { bytes: number; where: string };
}

/** Reads the history of every execution of a server that ran nothing else. */
export async function readHistories(client: Client): Promise<HistoryFigures> {
  const figures: HistoryFigures = {
    executions: 0,
    maxEvents: 0,
    totalEvents: 0,
    activities: {},
    largestPayload: { bytes: 0, where: '-' },
  };
  for await (const { workflowId, runId } of client.workflow.list()) {
    const { events = [] } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    const all = events ?? [];
    figures.executions++;
    figures.totalEvents += all.length;
    figures.maxEvents = Math.max(figures.maxEvents, all.length);
    for (const event of all) {
      const activity = event.activityTaskScheduledEventAttributes?.activityType?.name;
      if (typeof activity === 'string')
        figures.activities[activity] = (figures.activities[activity] ?? 0) + 1;
      const bytes = largestPayload(event);
      if (bytes > figures.largestPayload.bytes) {
        figures.largestPayload = { bytes, where: `${workflowId}, event ${String(event.eventId)}` };
      }
    }
  }
  return figures;
}

/** Bytes of the largest payload anywhere in an event. */
function largestPayload(value: unknown): number {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return 0;
  const { data, metadata } = value as { data?: unknown; metadata?: unknown };
  if (data instanceof Uint8Array && metadata !== undefined) return data.length;
  return Object.values(value).reduce<number>((most, member) => Math.max(most, largestPayload(member)), 0);
}
