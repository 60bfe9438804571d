import { claimDetail, claimFindings } from '../claims-text.js';
import { html, type Markup } from '../markup.js';
import type { ReportData } from '../report-data.js';

/** Whether each claim of the experiment holds, with figures; `undefined` when it makes none. */
export function claimsSection(data: ReportData): Markup | undefined {
  const { claims = [] } = data;
  if (claims.length === 0) return undefined;
  return html`<section id="claims" aria-labelledby="claims-heading">
    <h2 id="claims-heading">Claims</h2>
    <p class="note">
      A claim is undecided where the queries are too few to tell, or chance explains the difference.
    </p>
    <ul class="claims">
      ${claims.map(
        (claim) =>
          html`<li class="${claim.outcome}">
            <p>
              <strong>${claim.outcome}${claim.required && ' (required)'}:</strong> ${claim.claim}<br />
              <small>${claimDetail(claim)}</small>
            </p>
            ${
              claim.findings.length > 1 &&
              html`<details>
                <summary>${claim.findings.length} figures</summary>
                <ul>
                  ${claimFindings(claim).map((line) => html`<li>${line}</li>`)}
                </ul>
              </details>`
            }
          </li>`,
      )}
    </ul>
  </section>`;
}
