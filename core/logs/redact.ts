/** What stands in place of a secret. */
export const REDACTED = '[secret]';

/** Names of environment variables whose values are secrets, whoever sets them. */
const SECRET_NAME = /(SECRET|TOKEN|PASSWORD|PASSPHRASE|CREDENTIAL|API_?KEY|ACCESS_KEY|PRIVATE_KEY|KEY_DATA)/i;

/** Shorter values would take ordinary words out of every line. */
const SHORTEST_SECRET = 8;

/** Where keys stand in requests that a library or server may quote, whatever the key is. */
const QUOTED_SECRETS: readonly RegExp[] = [
  /(AWS4-HMAC-SHA256\s+)[^"\\]+/g,
  /(authorization["']?\s*[:=]\s*["']?)(?:(?:bearer|basic)\s+)?[^\s"',;\\]+/gi,
  /(bearer\s+)[\w.~+/=-]{8,}/gi,
  /((?:x-amz-(?:signature|credential|security-token)|x-api-key|api[-_]key)["']?\s*[:=]\s*["']?)[^\s"'&,;\\]+/gi,
  /(:\/\/)[^\s/@"\\]+:[^\s/@"\\]+(?=@)/g,
];

/**
 * Makes a function that takes secrets out of a line of JSON: the values of the environment's secret variables,
 * and what stands where requests carry keys. A line stays valid JSON.
 *
 * @param named further variables that hold secrets, such as a generator's `apiKeyEnv`
 */
export function secretRedactor(
  env: NodeJS.ProcessEnv,
  named: readonly string[] = [],
): (line: string) => string {
  const values = Object.entries(env).flatMap(([name, value = '']) => {
    const secret = named.includes(name) || (SECRET_NAME.test(name) && value.length >= SHORTEST_SECRET);
    return secret && value !== ''
      ? [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]
      : [];
  });
  // A longer secret may contain a shorter one.
  const known = [...new Set(values)].sort((a, b) => b.length - a.length);
  return (line) => {
    let clean = line;
    for (const value of known) clean = clean.replaceAll(value, REDACTED);
    for (const pattern of QUOTED_SECRETS) clean = clean.replace(pattern, `$1${REDACTED}`);
    return clean;
  };
}
