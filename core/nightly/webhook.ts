import pRetry, { AbortError } from 'p-retry';
import { InvalidInputError, messageOf } from '../errors.js';
import { formatSigned } from './format.js';
import type { GateResult, NightRecord } from './records.js';

/** Waits between tries double from a second; with four of them a receiver may be away for a quarter of a minute. */
const RETRIES = 4;
const TIMEOUT_MS = 10_000;

/** Gates that a message lists; the run's record has them all. */
const MOST_GATES = 20;

/** A message as Slack's incoming webhooks take it, and what is compatible with them. */
export interface WebhookMessage {
  text: string;
  blocks: { type: 'section'; text: { type: 'mrkdwn'; text: string } }[];
}

/** What a night is told as: one line, and one for each gate that does not hold. */
export function webhookMessage(name: string, night: NightRecord, where: string): WebhookMessage {
  const icons = { good: ':white_check_mark:', worse: ':warning:', failed: ':x:' };
  const headline = `${icons[night.verdict]} xqg ${name}: ${night.verdict}, run ${night.runId}`;
  const against = night.baseline === undefined ? 'no baseline yet' : `against ${night.baseline}`;
  const broken = night.gates.filter(({ verdict }) => verdict !== 'holds');
  const listed = broken.slice(0, MOST_GATES).map(gateLine);
  if (broken.length > MOST_GATES) listed.push(`… and ${broken.length - MOST_GATES} more`);
  const details = [
    `*${escapeMrkdwn(headline)}*`,
    `${Math.round(night.seconds)} s, ${against}`,
    ...(night.message === undefined ? [] : [escapeMrkdwn(night.message)]),
    ...listed.map((line) => `• ${escapeMrkdwn(line)}`),
    escapeMrkdwn(where),
  ];
  return {
    text: [headline, ...(night.message === undefined ? [] : [night.message]), ...listed].join('\n'),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: details.join('\n') } }],
  };
}

/**
 * Posts a message, and tries again when the receiver is away or says that it is busy. The address is a secret: no
 * error names it.
 * @throws InvalidInputError when the receiver refuses the message or the address is none; Error when it stays away
 */
export async function postWebhook(
  url: string,
  message: WebhookMessage,
  options: { retries?: number; firstWaitMs?: number } = {},
): Promise<void> {
  const { retries = RETRIES, firstWaitMs = 1000 } = options;
  let tries = 0;
  const attempt = (): Promise<void> => {
    tries++;
    return post(url, message);
  };
  try {
    await pRetry(attempt, { retries, minTimeout: firstWaitMs, randomize: true });
  } catch (error) {
    if (error instanceof InvalidInputError) throw error;
    throw new Error(`Posting to the webhook, ${tries} tries: ${messageOf(error)}`, { cause: error });
  }
}

async function post(url: string, message: WebhookMessage): Promise<void> {
  if (!URL.canParse(url)) throw refusal('expected an address such as https://…, found something else');
  const answer = await send(url, message);
  if (typeof answer === 'string') throw new Error(`no answer (${answer})`);
  await answer.body?.cancel();
  if (answer.ok) return;
  if (answer.status === 429 || answer.status >= 500)
    throw new Error(`the receiver answered with status ${answer.status}`);
  throw refusal(`the receiver refused the message with status ${answer.status}; check the address`);
}

/** The answer, or why there is none: fetch's own errors may hold the address, which is a secret. */
async function send(url: string, message: WebhookMessage): Promise<Response | string> {
  try {
    return await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(message),
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch (error) {
    const { name, cause } = error as { name: string; cause?: { code?: string } };
    return cause?.code ?? name;
  }
}

function refusal(what: string): AbortError {
  return new AbortError(new InvalidInputError(`Posting to the webhook: ${what}`));
}

/** One gate's result in a line. */
export function gateLine({ gate, arm, verdict, reason, value, difference, interval }: GateResult): string {
  const figures = [
    ...(value === undefined ? [] : [`found ${value.toFixed(2)}`]),
    ...(difference === undefined ? [] : [`difference ${formatSigned(difference)}`]),
    ...(interval === undefined
      ? []
      : [`95 % interval ${formatSigned(interval.low)} to ${formatSigned(interval.high)}`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return `${verdict}: ${arm}: ${gate}${figures.length === 0 ? '' : ` (${figures.join(', ')})`}`;
}

/** Slack takes `<…>` for links and mentions. */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
