import { html, trusted, type Markup } from './markup.js';
import type { ReportData } from './report-data.js';
import { claimsSection } from './sections/claims.js';
import { gainSplitsSection } from './sections/gain-splits.js';
import { leftOutSection } from './sections/left-out.js';
import { lineageSection } from './sections/lineage.js';
import { plotsSection } from './sections/plots.js';
import { publishedSection } from './sections/published.js';
import { questionsSection } from './sections/questions.js';
import { resultsSection } from './sections/results.js';
import { robustnessSection } from './sections/robustness.js';
import { summarySection } from './sections/summary.js';
import { wonLostSection } from './sections/won-lost.js';
import { SORT_SCRIPT, SORT_SCRIPT_HASH } from './sort-script.js';
import { STYLES } from './styles.js';
import { countOf, formatTime } from './units.js';

/**
 * Nothing may load and no script may run but the one that sorts tables, whatever a corpus contains: escaping is the
 * first defence, this the second.
 */
const POLICY = `default-src 'none'; style-src 'unsafe-inline'; script-src '${SORT_SCRIPT_HASH}'; base-uri 'none'; form-action 'none'`;

/** Without white space around: the policy's hash is of exactly this. */
const SCRIPT = trusted(`<script>${SORT_SCRIPT}</script>`);

/** One self-contained page, without requests; the same data gives the same bytes. */
export function renderHtml(data: ReportData): string {
  const sections: { id: string; name: string; content: Markup | undefined }[] = [
    { id: 'summary', name: 'Result', content: summarySection(data) },
    { id: 'claims', name: 'Claims', content: claimsSection(data) },
    { id: 'splits', name: 'Shift or content', content: gainSplitsSection(data) },
    { id: 'plots', name: 'Plots', content: plotsSection(data) },
    { id: 'results', name: 'Every arm', content: resultsSection(data) },
    { id: 'published', name: 'Published', content: publishedSection(data) },
    { id: 'robustness', name: 'Robustness', content: robustnessSection(data) },
    { id: 'queries', name: 'Queries', content: wonLostSection(data) },
    { id: 'questions', name: 'Questions', content: questionsSection(data) },
    { id: 'left-out', name: 'Left out', content: leftOutSection(data) },
    { id: 'lineage', name: 'Lineage', content: lineageSection(data) },
  ];
  const shown = sections.filter((section) => section.content !== undefined);
  const page = html`<html lang="en">
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content="${POLICY}" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="generator" content="xqg ${data.lineage.versions.xqg ?? ''}" />
      <title>${data.title} – xQG report</title>
      <style>
        ${trusted(STYLES)}
      </style>
    </head>
    <body>
      <a class="skip" href="#summary">Skip to the result</a>
      ${header(data)}
      <nav aria-label="Sections">
        <ul>
          ${shown.map(({ id, name }) => html`<li><a href="#${id}">${name}</a></li>`)}
        </ul>
      </nav>
      <main>${shown.map((section) => section.content)}</main>
      <footer>
        <p>xqg, run <code>${data.runId}</code>. This page loads nothing; its one script sorts tables.</p>
        <p id="sort-status" class="unseen" role="status"></p>
      </footer>
      ${SCRIPT}
    </body>
  </html>`;
  return `<!doctype html>\n${page.text}\n`;
}

function header(data: ReportData): Markup {
  const scope = [
    countOf(data.passages, 'passage'),
    `${countOf(data.queries.all, 'query', 'queries')} in ${countOf(data.languages.length, 'language')}`,
    countOf(data.arms.length, 'arm'),
  ];
  return html`<header>
    <p class="eyebrow">xQG experiment <b>${data.experimentName}</b></p>
    <h1>${data.title}</h1>
    ${data.description !== undefined && html`<p class="description">${data.description}</p>`}
    <ul class="facts">
      ${scope.map((fact) => html`<li>${fact}</li>`)}
      <li>run <code>${data.runId}</code></li>
      ${data.createdAt !== undefined && html`<li><time datetime="${data.createdAt}">${formatTime(data.createdAt)}</time></li>`}
    </ul>
  </header>`;
}
