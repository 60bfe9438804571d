import { html, type Markup } from '../markup.js';
import type { QuestionSetReport, ReportData } from '../report-data.js';
import { countOf, formatCount, formatShare, languageName } from '../units.js';

/** Per language how many questions there are and how many are of no use, and some to look at. */
export function questionsSection(data: ReportData): Markup | undefined {
  if (data.questions.length === 0) return undefined;
  return html`<section id="questions" aria-labelledby="questions-heading">
    <h2 id="questions-heading">Questions</h2>
    ${data.questions.map(questionSet)}
  </section>`;
}

const COUNTS = [
  { key: 'questions', name: 'questions', hint: 'all, empty ones included' },
  { key: 'empty', name: 'empty', hint: 'without text' },
  { key: 'repeated', name: 'repeated', hint: 'equal to an earlier one of the same passage and language' },
  { key: 'cut', name: 'cut', hint: 'ended by the limit of new tokens' },
] as const;

function questionSet(set: QuestionSetReport): Markup {
  const rows = Object.entries(set.report);
  const columns = COUNTS.filter(({ key }) => rows.some(([, counts]) => counts[key] !== undefined));
  return html`<h3>${set.name}</h3>
    <div class="scroll" role="region" tabindex="0" aria-label="Questions of ${set.name} by language">
      <table class="figures compact">
        <caption>
          Questions by language
        </caption>
        <thead>
          <tr>
            <th scope="col">language</th>
            ${columns.map(({ name, hint }) => html`<th scope="col"><abbr title="${hint}">${name}</abbr></th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ([language, counts]) =>
              html`<tr>
                <th scope="row">${languageName(language)} <span class="kind">${language}</span></th>
                ${columns.map(({ key }) => html`<td>${countCell(key, counts[key], counts.questions)}</td>`)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${set.imported && html`<p class="note">${importText(set.imported)}</p>`}
    ${(set.examples ?? []).length > 0 && html`<h4>Examples, as they came</h4>`}
    <div class="examples">${(set.examples ?? []).map(example)}</div>`;
}

function countCell(key: string, value: number | undefined, questions: number): Markup {
  if (value === undefined) return html`-`;
  if (key === 'questions' || value === 0) return html`${formatCount(value)}`;
  return html`${formatCount(value)} <span class="kind">${formatShare(value, questions)}</span>`;
}

function importText({
  read,
  imported,
  surplus,
  gaps,
  badByKind,
}: NonNullable<QuestionSetReport['imported']>): string {
  const faults = Object.entries(badByKind)
    .filter(([, records]) => records > 0)
    .map(([kind, records]) => `${KIND_OF_FAULT[kind] ?? kind}: ${formatCount(records)}`);
  return [
    `Imported: ${formatCount(imported)} of ${countOf(read, 'record')}.`,
    surplus > 0 && `More than were asked for, left out: ${formatCount(surplus)}.`,
    gaps.pairs > 0 &&
      `Missing: ${countOf(gaps.missingQuestions, 'question')} of ${countOf(gaps.pairs, 'pair')} of passage and language.`,
    faults.length > 0 && `Set aside: ${faults.join(', ')}.`,
  ]
    .filter((sentence) => sentence !== false)
    .join(' ');
}

const KIND_OF_FAULT: Record<string, string> = {
  malformed: 'malformed',
  unknownLanguage: 'unknown language',
  unknownDocId: 'unknown docId',
  duplicate: 'duplicate',
};

type Example = NonNullable<QuestionSetReport['examples']>[number];

function example({ docId, title, text, questions }: Example): Markup {
  return html`<article class="example">
    <h5>${title === '' ? docId : title} ${title !== '' && html`<span class="kind">${docId}</span>`}</h5>
    <p>${text}</p>
    <ul>
      ${questions.map(
        (question) =>
          html`<li>
            <span class="kind" title="${languageName(question.lang)}">${question.lang}</span>
            <span lang="${question.lang}" dir="auto"
              >${question.text === '' ? '(empty)' : question.text}</span
            >
          </li>`,
      )}
    </ul>
  </article>`;
}
