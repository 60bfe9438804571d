/** An error as logs show it. */
export interface ErrorFields {
  type: string;
  message: string;
  stack?: string;
  cause?: ErrorFields;
}

/** Causes of causes that are worth reading. */
const DEEPEST_CAUSE = 5;

/**
 * Name, message, stack and causes of an error, and nothing else of it: clients of servers hang requests and
 * answers on their errors, with headers that carry keys.
 */
export function errorFields(error: unknown, depth = 0): ErrorFields {
  if (!(error instanceof Error)) return { type: typeof error, message: String(error) };
  const { name, message, stack, cause } = error;
  return {
    type: name,
    message,
    ...(stack !== undefined && { stack }),
    ...(cause !== undefined && depth < DEEPEST_CAUSE && { cause: errorFields(cause, depth + 1) }),
  };
}
