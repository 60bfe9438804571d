/** Numbers and names for people. Always in English, so that a report has the same bytes on every machine. */

const LOCALE = 'en-US';
const integer = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 0 });
const oneDecimal = new Intl.NumberFormat(LOCALE, { maximumFractionDigits: 1 });
const languageNames = new Intl.DisplayNames(LOCALE, { type: 'language', fallback: 'code' });

/** `8,330` */
export function formatCount(value: number): string {
  return integer.format(value);
}

/** `1 query`, `8,330 queries` */
export function countOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}

/** Decimal units: `512 B`, `3.4 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.95 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${oneDecimal.format(value)} ${units[unit] ?? ''}`;
}

/** `0.4 s`, `2 min 05 s`, `3 h 12 min` */
export function formatDuration(seconds: number): string {
  if (seconds < 59.95) return `${oneDecimal.format(seconds)} s`;
  const whole = Math.round(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (hours > 0) return `${formatCount(hours)} h ${pad(minutes)} min`;
  return `${minutes} min ${pad(whole % 60)} s`;
}

/** `3.1 %` of a whole; `-` of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${oneDecimal.format((part / whole) * 100)} %`;
}

/** ISO 8601 to the minute in UTC; text that is no date is returned as it is. */
export function formatTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

/** `ar` → `Arabic`; a code without a name, or no code at all, is returned as it is. */
export function languageName(code: string): string {
  try {
    return languageNames.of(code) ?? code;
  } catch {
    return code; // not well-formed as BCP 47: a data set's own name for a language
  }
}

/** `a`, `a and b`, `a, b and c` */
export function listOf(items: readonly string[]): string {
  const last = items.at(-1) ?? '';
  return items.length < 2 ? last : `${items.slice(0, -1).join(', ')} and ${last}`;
}

function pad(value: number): string {
  return String(value).padStart(2, '0');
}
