import { createHash } from 'node:crypto';

/**
 * The page's one script: makes the columns of tables of figures sortable. Without scripts the tables stand in the
 * order of the experiment, and nothing else is missing. It reads cells' text and moves rows; it writes no markup.
 */
export const SORT_SCRIPT = `
for (const table of document.querySelectorAll('table.figures')) {
  const body = table.tBodies[0];
  const original = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const status = document.getElementById('sort-status');
  const numberOf = (row, column) => {
    const text = row.cells[column].textContent.trim().replace(/\\u2212/g, '-').replace(/,/g, '');
    const found = /^[+±]?(-?\\d+(?:\\.\\d+)?)/.exec(text);
    return found ? Number(found[1]) : -Infinity;
  };
  heads.forEach((head, column) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sort';
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener('click', () => {
      const order = { none: 'descending', descending: 'ascending', ascending: 'none' };
      const next = order[head.getAttribute('aria-sort') || 'none'];
      for (const other of heads) other.removeAttribute('aria-sort');
      if (next !== 'none') head.setAttribute('aria-sort', next);
      const direction = next === 'ascending' ? 1 : -1;
      const compare = column === 0
        ? (a, b) => a.cells[0].textContent.trim().localeCompare(b.cells[0].textContent.trim())
        : (a, b) => numberOf(a, column) - numberOf(b, column);
      const rows = next === 'none' ? original : [...original].sort((a, b) => direction * compare(a, b));
      body.append(...rows);
      if (status) status.textContent = button.textContent.trim() + ': ' + (next === 'none' ? 'order of the experiment' : next);
    });
  });
}
`;

/** What the page's policy allows to run: this script and no other. */
export const SORT_SCRIPT_HASH = `sha256-${createHash('sha256').update(SORT_SCRIPT).digest('base64')}`;
