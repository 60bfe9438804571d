import type { CustomSeriesOption, CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from 'echarts';
import { displayValue } from '../figures.js';
import type { Interval } from '../intervals.js';
import { PAPER } from './chart.js';

/** Half the length of the strokes across a whisker's ends, in pixels. */
const CAP = 4;

/** Width of the pale line below a whisker, which sets it off from a dark bar. */
const HALO = 3.5;

/** Layout of bars in groups, and so of the whiskers in their middles. */
export const BARS = { barGap: '8%', barCategoryGap: '28%', barMaxWidth: 40 };

interface Whiskers {
  metric: string;
  colour: string;
  /** Where each interval stands on the horizontal axis; without one there is no whisker. */
  points: readonly { x: number; interval: Interval | undefined }[];
}

/** Vertical whiskers at points of a line. */
export function lineWhiskers(whiskers: Whiskers): CustomSeriesOption {
  return intervalSeries(whiskers, (api) => {
    const [x = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
    const [, bottom = 0] = api.coord([api.value(0), api.value(1)]);
    return whisker(x, top, bottom, whiskers.colour);
  });
}

/** Vertical whiskers in the middle of bars. @param series which of how many series these belong to */
export function barWhiskers(
  whiskers: Whiskers,
  { index, count }: { index: number; count: number },
): CustomSeriesOption {
  return intervalSeries(whiskers, (api) => {
    const [middle = 0, top = 0] = api.coord([api.value(0), api.value(2)]);
    const [, bottom = 0] = api.coord([api.value(0), api.value(1)]);
    const offset = api.barLayout({ count, ...BARS })?.[index]?.offsetCenter ?? 0;
    return whisker(middle + offset, top, bottom, whiskers.colour);
  });
}

/** A pale band over the whole width of the plot: the interval of a level. */
export function levelBand(
  metric: string,
  colour: string,
  [from, to]: readonly [number, number],
  interval: Interval | undefined,
): CustomSeriesOption {
  return intervalSeries(
    { metric, colour, points: [{ x: from, interval }] },
    (api) => {
      const [left = 0, top = 0] = api.coord([from, api.value(2)]);
      const [right = 0, bottom = 0] = api.coord([to, api.value(1)]);
      return {
        type: 'rect',
        shape: { x: left, y: top, width: right - left, height: bottom - top },
        style: { fill: colour, opacity: 0.15 },
      };
    },
    1,
  );
}

/** Rows of position, low and high; the axis makes room for both ends. */
function intervalSeries(
  { metric, colour, points }: Whiskers,
  draw: (api: CustomSeriesRenderItemAPI) => CustomSeriesRenderItemReturn,
  z = 3, // above bars and lines, which have 2
): CustomSeriesOption {
  return {
    type: 'custom',
    data: points.flatMap(({ x, interval }) =>
      interval === undefined
        ? []
        : [[x, displayValue(metric, interval.low), displayValue(metric, interval.high)]],
    ),
    encode: { x: 0, y: [1, 2] },
    color: colour,
    silent: true,
    z,
    renderItem: (_, api) => draw(api),
  };
}

function whisker(x: number, top: number, bottom: number, stroke: string): CustomSeriesRenderItemReturn {
  const strokes = [
    { x1: x, y1: top, x2: x, y2: bottom },
    { x1: x - CAP, y1: top, x2: x + CAP, y2: top },
    { x1: x - CAP, y1: bottom, x2: x + CAP, y2: bottom },
  ];
  const lines = (colour: string, lineWidth: number) =>
    strokes.map((shape) => ({ type: 'line' as const, shape, style: { stroke: colour, lineWidth } }));
  return { type: 'group', children: [...lines(PAPER, HALO), ...lines(stroke, 1.5)] };
}
