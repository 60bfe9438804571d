import { displayValue, metricLabel, metricUnit } from '../report/figures.js';
import { html, trusted, type Markup } from '../report/markup.js';
import { AXIS, AXIS_TITLE, drawChart, LEGEND } from '../report/plots/chart.js';
import { STYLES } from '../report/styles.js';
import { formatTime } from '../report/units.js';
import { formatSigned } from './format.js';
import type { NightlyDocument, NightRecord } from './records.js';

/** Nothing may load and no script may run, as in a run's report. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** Lines that can still be told apart; further arms are in the tables. */
const MOST_LINES = 4;

/** Of PAWS-X's figures, where nights have them. */
const PLOTTED_PAWSX = ['pawsx.winRate'];

const LINES = [
  { colour: 'var(--xqg, #0b5cad)', symbol: 'circle', dash: 'solid' },
  { colour: 'var(--muted, #59636e)', symbol: 'triangle', dash: [2, 3] },
  { colour: 'var(--shuffled, #b8500c)', symbol: 'rect', dash: [7, 4] },
  { colour: 'var(--mean, #0c7a63)', symbol: 'diamond', dash: [7, 3, 2, 3] },
] as const;

interface Series {
  name: string;
  /** One value a night; null where there is none. */
  values: (number | null)[];
}

/** All nights of a schedule on one self-contained page: metrics, duration, work, and what each night ran with. */
export function renderTrendPage(document: NightlyDocument, nights: readonly NightRecord[]): string {
  const { name, experiment, gates } = document;
  const arms = shownArms(document);
  const metrics = [...experiment.evaluate.metrics, ...PLOTTED_PAWSX.filter(isMeasured(nights))];
  const last = nights.at(-1);
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>${name} – nightly runs</title>
      <style>
        ${trusted(STYLES)}
      </style>
    </head>
    <body>
      <header>
        <p class="eyebrow">Nightly runs of <b>${experiment.name}</b></p>
        <h1>${name}${last !== undefined && html`: ${last.verdict}`}</h1>
        <ul class="facts">
          <li>${nights.length} nights</li>
          <li>baseline ${document.baseline}</li>
          ${gates.map((gate) => html`<li><code>${gate}</code></li>`)}
        </ul>
      </header>
      <main>
        <section id="metrics">
          <h2>Metrics</h2>
          <div class="plots">${metrics.map((metric, i) => metricPlot(metric, i, arms, nights))}</div>
        </section>
        <section id="cost">
          <h2>Duration and work</h2>
          <div class="plots">${costPlot(nights)}</div>
        </section>
        <section id="nights">
          <h2>Nights</h2>
          ${nightsTable(nights)}
        </section>
      </main>
      <footer><p>This page loads nothing and runs no script.</p></footer>
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}

function isMeasured(nights: readonly NightRecord[]): (metric: string) => boolean {
  return (metric) =>
    nights.some(({ metrics }) => Object.values(metrics).some((ofArm) => ofArm[metric] !== undefined));
}

/** Encoders alone and xQG arms, no controls; as many as can be told apart. */
function shownArms({ arms }: NightlyDocument): NightlyDocument['arms'] {
  return arms.filter(({ augmentation }) => augmentation?.control === undefined).slice(0, MOST_LINES);
}

function metricPlot(
  metric: string,
  index: number,
  arms: NightlyDocument['arms'],
  nights: readonly NightRecord[],
): Markup {
  const series = arms.map(({ id, label }): Series => ({
    name: label,
    values: nights.map((night) => {
      const value = night.metrics[id]?.[metric];
      return value === undefined || value === null ? null : displayValue(metric, value);
    }),
  }));
  const unit = metricUnit(metric);
  return plot(
    `metric-${index}`,
    metricLabel(metric),
    `${metricLabel(metric)}${unit && ` (${unit})`}`,
    nights,
    series,
  );
}

function costPlot(nights: readonly NightRecord[]): Markup {
  return plot('duration', 'Seconds of each night', 'seconds', nights, [
    { name: 'by the clock', values: nights.map(({ seconds }) => seconds) },
    { name: 'work of the stages', values: nights.map(({ workSeconds }) => workSeconds) },
  ]);
}

function plot(
  id: string,
  title: string,
  axisName: string,
  nights: readonly NightRecord[],
  series: readonly Series[],
): Markup {
  const days = nights.map(({ startedAt }) => startedAt.slice(0, 10));
  const drawn = drawChart({
    id,
    title,
    description: series
      .map((line) => `${line.name}: ${line.values.map((v) => v ?? '-').join(', ')}`)
      .join('; '),
    tips: series.map((line) =>
      line.values.map((value, i) => `${line.name}, ${nights[i]?.runId ?? ''}: ${value ?? '-'}`),
    ),
    option: {
      grid: { left: 60, right: 24, top: 30 + 26 * Math.ceil(series.length / 2), bottom: 40 },
      legend: { ...LEGEND, data: series.map(({ name }) => ({ name })) },
      xAxis: { ...AXIS, type: 'category', data: days },
      yAxis: {
        ...AXIS,
        type: 'value',
        scale: true,
        name: axisName,
        nameLocation: 'end',
        nameTextStyle: AXIS_TITLE,
      },
      series: series.map((line, i) => {
        const { colour, symbol, dash } = LINES[i % LINES.length] ?? LINES[0];
        return {
          type: 'line',
          name: line.name,
          data: line.values,
          symbol,
          symbolSize: 8,
          showAllSymbol: true,
          itemStyle: { color: colour },
          lineStyle: { color: colour, width: 2, type: dash },
        };
      }),
    },
  });
  return html`<figure>
    <figcaption>${title}</figcaption>
    ${trusted(drawn)}
  </figure>`;
}

/** Latest first. */
function nightsTable(nights: readonly NightRecord[]): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Nights">
    <table>
      <thead>
        <tr>
          <th scope="col">Run</th>
          <th scope="col">Started</th>
          <th scope="col">Verdict</th>
          <th scope="col">Seconds</th>
          <th scope="col">Gates that do not hold</th>
          <th scope="col">Baseline</th>
          <th scope="col">Code</th>
          <th scope="col">Models</th>
        </tr>
      </thead>
      <tbody>
        ${nights.toReversed().map(nightRow)}
      </tbody>
    </table>
  </div>`;
}

function nightRow(night: NightRecord): Markup {
  const broken = night.gates.filter(({ verdict }) => verdict !== 'holds');
  const models = Object.entries(night.models).map(([name, digest]) => `${name} ${digest.slice(0, 12)}`);
  return html`<tr>
    <th scope="row"><code>${night.runId}</code></th>
    <td>${formatTime(night.startedAt)}</td>
    <td>${night.verdict}${night.message !== undefined && html`: ${night.message}`}</td>
    <td>${night.seconds.toFixed(0)}</td>
    <td>
      ${broken.map(
        ({ gate, arm, verdict, difference }) =>
          html`<div>
            ${verdict}: ${arm}: ${gate}${difference !== undefined && ` (${formatSigned(difference)})`}
          </div>`,
      )}
    </td>
    <td>${night.baseline ?? '-'}</td>
    <td>${night.xqgVersion}${night.commit !== undefined && ` ${night.commit.slice(0, 12)}`}</td>
    <td><code>${models.join(', ')}</code></td>
  </tr>`;
}
