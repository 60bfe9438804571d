/** A difference with its sign: `+0.52`, `−1.30`; four decimals where two would hide it. */
export function formatSigned(value: number): string {
  const decimals = Math.abs(value) < 0.1 ? 4 : 2;
  const shown = Math.abs(value).toFixed(decimals);
  return `${value < 0 ? '−' : '+'}${shown}`;
}
