import { formatFigure, metricLabel } from '../figures.js';
import { html, type Markup } from '../markup.js';
import type { ReportData } from '../report-data.js';
import { countOf, formatCount, languageName } from '../units.js';
import type { QueryExample } from '../won-lost-data.js';

/** Single queries won and lost, with the passages and the generated questions that did it. */
export function wonLostSection(data: ReportData): Markup | undefined {
  const { wonLost } = data;
  if (wonLost === undefined) return undefined;
  const { metric, counts, won, lost } = wonLost;
  const label = (id: string): string => data.arms.find(({ arm }) => arm.id === id)?.arm.label ?? id;
  return html`<section id="queries" aria-labelledby="queries-heading">
    <h2 id="queries-heading">Queries won and lost</h2>
    <p class="note">
      ${metricLabel(metric)} of ${label(wonLost.arm)} against ${label(wonLost.against)}:
      ${countOf(counts.won, 'query', 'queries')} won, ${formatCount(counts.lost)} lost,
      ${formatCount(counts.same)} as before. Shown are those that moved most, one of each language first.
    </p>
    ${
      won.length > 0 &&
      html`<h3>Won</h3>
        <div class="examples">${won.map((query) => example(query, metric, true))}</div>`
    }
    ${
      lost.length > 0 &&
      html`<h3>Lost</h3>
        <div class="examples">${lost.map((query) => example(query, metric, false))}</div>`
    }
  </section>`;
}

function example(query: QueryExample, metric: string, won: boolean): Markup {
  const { queryId, lang, text, answers, before, after, rankBefore, rankAfter, passage } = query;
  return html`<article class="example">
    <h4 class="query">
      <span lang="${lang}" dir="auto">${text}</span>
      <span class="kind">${languageName(lang)}, ${queryId}</span>
    </h4>
    <p class="${won ? 'up' : 'down'}">
      ${metricLabel(metric)} ${formatFigure(metric, before)} →
      ${formatFigure(metric, after)}${
        rankAfter !== undefined &&
        html`; relevant passage at ${rankText(rankBefore)} → ${rankText(rankAfter)}`
      }
    </p>
    ${answers.length > 0 && html`<p class="note">Answer: ${answers.join(' · ')}</p>`}
    ${
      passage &&
      html`<p>
          <b>${won ? '' : 'Now first: '}${passage.title === '' ? passage.docId : passage.title}</b>
          ${passage.text}
        </p>
        <ul>
          ${passage.questions.map(
            (question) =>
              html`<li>
                <span class="kind" title="${languageName(question.lang)}">${question.lang}</span>
                <span lang="${question.lang}" dir="auto">${question.text}</span>
              </li>`,
          )}
        </ul>`
    }
  </article>`;
}

function rankText(rank: number | null | undefined): string {
  return rank === null || rank === undefined ? 'none of the ranks kept' : `rank ${rank}`;
}
