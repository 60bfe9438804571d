import { median, ratioOf, type Outcome } from './comparison.js';

/** The outcomes as one table in Markdown, the target beside each figure. */
export function renderOutcomes(outcomes: readonly Outcome[], machine: string): string {
  const rows = outcomes.map((outcome) => {
    const { what, against, target, threads, sides, check } = outcome;
    const [ours, ...peers] = sides;
    const ratio = ratioOf(outcome);
    return [
      what,
      against,
      threads,
      seconds(ours?.seconds),
      peers.map((peer) => (peers.length > 1 ? `${peer.name} ` : '') + seconds(peer.seconds)).join('<br>'),
      `**${ratio.toFixed(2)}** (${spread(outcome)})`,
      target === null ? '' : `≥ ${target}`,
      target === null ? '' : ratio >= target ? 'met' : 'not met',
      check,
    ].join(' | ');
  });
  const header =
    'what | against | threads | xqg, s | peer, s | times as fast (rounds) | target | | the same work?';
  const dashes = '--- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---';
  const [first] = outcomes;
  const rounds = new Set(outcomes.map(({ sides }) => sides[0]?.seconds.length ?? 0));
  const days = new Set(outcomes.map(({ measured }) => measured.slice(0, 10)));
  return [
    `${machine}; ${[...days].join(', ')}; medians of ${[...rounds].sort().join(' or ')} rounds, sides by turns.`,
    '',
    ...(first === undefined ? [] : [header, dashes, ...rows].map((line) => `| ${line} |`)),
    '',
  ].join('\n');
}

/** The least and the most that a single round gave. */
function spread({ sides: [ours, ...peers] }: Outcome): string {
  const ratios = (ours?.seconds ?? []).map(
    (own, round) => Math.min(...peers.map(({ seconds: theirs }) => theirs[round] ?? NaN)) / own,
  );
  return `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
}

function seconds(values: readonly number[] = []): string {
  const middle = median(values);
  return middle < 1 ? middle.toFixed(3) : middle.toFixed(2);
}
