import { BarChart, CustomChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent } from 'echarts/components';
import { init, use, type EChartsCoreOption } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';
import { escapeHtml } from '../markup.js';
import type { ArmKind } from '../arm-groups.js';

use([BarChart, CustomChart, LineChart, GridComponent, LegendComponent, SVGRenderer]);

/** Pixels before scaling; narrow enough that the text can still be read on a phone. */
const WIDTH = 470;
const HEIGHT = 330;

/** Colours are the page's custom properties, so that plots follow light, dark and print; fallbacks are light. */
export const INK = 'var(--ink, #1c2128)';
export const PAPER = 'var(--paper, #ffffff)';
export const MUTED = 'var(--muted, #59636e)';
export const RULE = 'var(--rule, #d9dee4)';
export const KIND_COLOURS: Record<ArmKind, string> = {
  alone: MUTED,
  xqg: 'var(--xqg, #0b5cad)',
  shuffled: 'var(--shuffled, #b8500c)',
  mean: 'var(--mean, #0c7a63)',
};

/** Of bars: the controls paler than what they are controls of, also in grey. */
export const KIND_FILLS: Record<ArmKind, string> = {
  ...KIND_COLOURS,
  shuffled: 'var(--shuffled-fill, #dda27a)',
  mean: 'var(--mean-fill, #bfe0d8)',
};

/** Shapes and dashes tell the lines apart where colours cannot. */
export const KIND_SYMBOLS: Record<ArmKind, string> = {
  alone: 'none',
  xqg: 'circle',
  shuffled: 'triangle',
  mean: 'rect',
};
export const KIND_DASHES: Record<ArmKind, 'solid' | number[]> = {
  alone: [2, 3],
  xqg: 'solid',
  shuffled: [7, 4],
  mean: [7, 3, 2, 3],
};

export interface Chart {
  /** Unique on the page: prefixes every id in the drawing. */
  id: string;
  /** Read out by screen readers, as are `description`'s figures. */
  title: string;
  description: string;
  option: EChartsCoreOption;
  /** What the browser shows when the pointer rests on a point or bar: by series, then by point. */
  tips: string[][];
  height?: number;
}

/** Generous gaps: without a browser the renderer can only guess how wide a font's letters are. */
export const LEGEND = { top: 0, left: 0, itemGap: 22, textStyle: { color: INK, fontSize: 14 } };

/** A dotted line, for lines without symbols: the legend would draw them a symbol of its own. */
export const DOTTED_ICON = 'path://M0,0h4v3h-4zM8,0h4v3h-4zM16,0h4v3h-4zM24,0h4v3h-4z';

/** The vertical axis' name, above the axis and flush with the drawing's left edge. */
export const AXIS_TITLE = { color: MUTED, fontSize: 14, align: 'left', padding: [0, 0, 0, -56] };

/** Axis options that every plot shares. */
export const AXIS = {
  axisLine: { lineStyle: { color: MUTED } },
  axisTick: { lineStyle: { color: MUTED } },
  axisLabel: { color: INK, fontSize: 14 },
  splitLine: { lineStyle: { color: RULE } },
  nameTextStyle: { color: MUTED, fontSize: 14 },
};

/**
 * Draws a chart with ECharts' server-side renderer: no browser, no network, no script in the result. The
 * renderer numbers its ids and classes over the life of the process; they are replaced by the chart's own id,
 * so that the same data gives the same bytes.
 */
export function drawChart(chart: Chart): string {
  const height = chart.height ?? HEIGHT;
  const instance = init(null, null, { renderer: 'svg', ssr: true, width: WIDTH, height });
  try {
    instance.setOption({ animation: false, textStyle: { fontFamily: 'inherit' }, ...chart.option });
    return cleanSvg(instance.renderToSVGString(), chart, height);
  } finally {
    instance.dispose();
  }
}

function cleanSvg(svg: string, chart: Chart, height: number): string {
  const ids = new Map<string, string>();
  const head =
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${chart.id}-title ${chart.id}-desc">` +
    `<title id="${chart.id}-title">${escapeHtml(chart.title)}</title>` +
    `<desc id="${chart.id}-desc">${escapeHtml(chart.description)}</desc>`;
  return svg
    .replace(/<style\b[\s\S]*?<\/style>\s*/g, '') // hover rules, which only its own script serves
    .replace(/ class="zr[^"]*"/g, '')
    .replace(/zr\d+-c\d+/g, (id) => {
      if (!ids.has(id)) ids.set(id, `${chart.id}-clip${ids.size}`);
      return ids.get(id) ?? id;
    })
    .replace(
      /(<path [^>]*ecmeta_series_index="(\d+)" ecmeta_data_index="(\d+)"[^>]*>)(<\/path>)/g,
      (...match) => {
        const [, open, series, point, close] = match as [string, string, string, string, string];
        const isLegend = open.includes('ecmeta_ssr_type="legend"');
        const tip = isLegend ? undefined : chart.tips[Number(series)]?.[Number(point)];
        return tip === undefined ? open + close : `${open}<title>${escapeHtml(tip)}</title>${close}`;
      },
    )
    .replace(/ ecmeta_\w+="[^"]*"/g, '')
    .replace(/<svg [^>]*>/, head);
}
