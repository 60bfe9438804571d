import { z } from 'zod';

/** What the guard is told on its command line, as JSON. */
export const guardOrdersSchema = z.object({
  command: z.string(),
  args: z.array(z.string()),
  cwd: z.string().optional(),
  /** Receives the server's standard output and error */
  logFile: z.string(),
  /** Milliseconds between SIGTERM and SIGKILL */
  graceMs: z.number(),
  /** Files and folders to remove once the server is gone */
  removeAtEnd: z.array(z.string()),
});

export type GuardOrders = z.infer<typeof guardOrdersSchema>;

/** What the guard reports to its parent. */
export const guardReportSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('started'), pid: z.number() }),
  z.object({ type: z.literal('failed'), message: z.string() }),
  z.object({
    type: z.literal('exited'),
    code: z.number().nullable(),
    signal: z.string().nullable(),
    /** The last lines of its log */
    logTail: z.string(),
  }),
]);

export type GuardReport = z.infer<typeof guardReportSchema>;

/** What the parent sends to have the server stopped. */
export const STOP = 'stop';
