import assert from 'node:assert/strict';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import { chromium, type Browser, type Page } from 'playwright-core';
import { renderHtml } from '../../../core/report/html.js';
import { CHROMIUM_FLAGS, findChromium } from './chromium.js';
import { fullReport } from './full-fixture.js';

/** XQG_TEST_SCREENSHOTS keeps the screenshots in that folder, to be looked at. */
const SCREENSHOTS = process.env.XQG_TEST_SCREENSHOTS;

interface View {
  width: number;
  height: number;
  colorScheme?: 'light' | 'dark';
}
const DESKTOP: View = { width: 1280, height: 800 };
/** A4 with margins of a centimetre, at 96 pixels an inch. */
const PAPER: View = { width: 718, height: 1047 };
const PHONE: View = { width: 390, height: 844 };

describe('the report in a browser', function () {
  this.timeout(60_000);
  let browser: Browser;
  let folder: string;
  let url: string;

  before(async function () {
    const executablePath = findChromium();
    if (executablePath === undefined) {
      console.log('      no Chromium on PATH and XQG_TEST_CHROMIUM is not set: browser tests are skipped');
      this.skip();
    }
    folder = await mkdtemp(join(tmpdir(), 'xqg-report-'));
    const file = join(folder, 'report.html');
    await writeFile(file, renderHtml(fullReport()));
    url = pathToFileURL(file).href;
    browser = await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
  });

  after(async () => {
    await browser?.close();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  it('opens from a file without an error on the console or a request', async () => {
    const { page, complaints } = await open(DESKTOP);
    assert.deepEqual(complaints, []);
    await screenshot(page, 'desktop');
  });

  it('shows every plot at a size that can be read', async () => {
    const { page } = await open(DESKTOP);
    const boxes = await page.locator('svg').evaluateAll((plots) =>
      plots.map((plot) => {
        const { width, height } = plot.getBoundingClientRect();
        return { width, height };
      }),
    );
    assert.equal(boxes.length, 6);
    for (const { width, height } of boxes) assert.ok(width > 400 && height > 250, `${width} × ${height}`);
  });

  it('keeps legends and axes inside the plots', async () => {
    const { page } = await open(DESKTOP);
    const outside = await page.locator('svg text').evaluateAll((texts) =>
      texts.flatMap((text) => {
        const box = text.getBoundingClientRect();
        const plot = text.ownerSVGElement?.getBoundingClientRect();
        const inside = plot && box.left >= plot.left - 1 && box.right <= plot.right + 1;
        return inside ? [] : [text.textContent];
      }),
    );
    assert.deepEqual(outside, []);
  });

  it('shows the result on the first screen', async () => {
    const { page } = await open(DESKTOP);
    for (const part of ['.lead', '.verdicts', '.tiles']) {
      const box = await page.locator(part).boundingBox();
      assert.ok(box && box.y + box.height < DESKTOP.height, `${part} ${JSON.stringify(box)}`);
    }
  });

  it('leads to every section by one line of links, on a phone too', async () => {
    const { page } = await open(PHONE);
    const links = page.locator('nav a');
    const targets = await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    const sections = await page.locator('main > section').evaluateAll((all) => all.map(({ id }) => `#${id}`));
    assert.deepEqual(targets, sections);
    assert.equal(sections.length, 11);
    await links.last().focus();
    const box = await links.last().boundingBox();
    assert.ok(box && box.x >= 0 && box.x + box.width <= PHONE.width, JSON.stringify(box));
    assert.ok(((await page.locator('nav').boundingBox())?.height ?? Infinity) < 60);
  });

  it('fits the table of every arm with its letters and intervals on a desktop', async () => {
    const { page } = await open(DESKTOP);
    const { scrollWidth, clientWidth } = await page
      .locator('#results .scroll')
      .first()
      .evaluate((region) => ({ scrollWidth: region.scrollWidth, clientWidth: region.clientWidth }));
    assert.equal(scrollWidth, clientWidth);
  });

  it('does not scroll sideways on a phone, while its tables do', async () => {
    const { page } = await open(PHONE);
    for (const summary of await page.locator('summary').all()) await summary.click();
    const widthOf = (selector: string) =>
      page
        .locator(selector)
        .first()
        .evaluate(({ scrollWidth, clientWidth }) => ({ scrollWidth, clientWidth }));
    const table = await widthOf('#results .scroll');
    assert.equal((await widthOf('html')).scrollWidth, PHONE.width);
    assert.ok(table.scrollWidth > table.clientWidth);
    await screenshot(page, 'phone');
  });

  it('draws plots in the colours of the dark page', async () => {
    const inks = await Promise.all(
      (['light', 'dark'] as const).map(async (colorScheme) => {
        const { page } = await open({ ...DESKTOP, colorScheme });
        if (colorScheme === 'dark') await screenshot(page, 'dark');
        return {
          plot: await styleOf(page, 'svg text:has-text("xQG")', 'fill'),
          body: await styleOf(page, 'body', 'color'),
        };
      }),
    );
    for (const { plot, body } of inks) assert.equal(plot, body);
    assert.notEqual(inks[0]!.plot, inks[1]!.plot);
  });

  it('can be walked through by keyboard', async () => {
    const { page } = await open(DESKTOP);
    const reached = new Set<string>();
    const tagOf = (element: { tagName: string }) => element.tagName.toLowerCase();
    const focus = page.locator(':focus');
    const wanted = ['a', 'button', 'div', 'summary', 'pre'];
    do {
      await page.keyboard.press('Tab');
      for (const element of await focus.all()) reached.add(await element.evaluate(tagOf));
    } while ((await focus.count()) > 0 && !wanted.every((tag) => reached.has(tag)));
    for (const tag of wanted) assert.ok(reached.has(tag), `${tag} was not reached`);
  });

  it('sorts a table by a column, both ways, and back into the order of the experiment', async () => {
    const { page, complaints } = await open(DESKTOP);
    const table = page.locator('#results table.figures').first();
    const column = async (): Promise<number[]> =>
      (await table.locator('tbody tr td:nth-last-child(2)').allInnerTexts()).map((text) => parseFloat(text));
    const head = table.locator('thead th:nth-last-child(2)');
    const original = await column();
    const descending = original.toSorted((a, b) => b - a);
    assert.notDeepEqual(original, descending);
    await head.locator('button').click();
    assert.deepEqual(await column(), descending);
    assert.equal(await head.getAttribute('aria-sort'), 'descending');
    await head.locator('button').press('Enter');
    assert.deepEqual(await column(), descending.toReversed());
    await head.locator('button').press('Enter');
    assert.deepEqual(await column(), original);
    assert.deepEqual(complaints, []);
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has nothing serious for axe-core to find, ${colorScheme}`, async () => {
      const { page } = await open({ ...DESKTOP, colorScheme });
      for (const summary of await page.locator('summary').all()) await summary.click();
      await page.evaluate(axe.source);
      const violations = await page.evaluate(async () => {
        const { axe: run } = globalThis as unknown as { axe: typeof axe };
        return (await run.run()).violations.map(({ id, impact, nodes }) => ({
          id,
          impact,
          where: nodes.slice(0, 3).map(({ html }) => html),
        }));
      });
      const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      assert.deepEqual(serious, []);
    });
  }

  it('prints every table, folded ones too', async () => {
    const { page } = await open(DESKTOP);
    await page.emulateMedia({ media: 'print' });
    const heights = await page
      .locator('details .scroll')
      .evaluateAll((tables) => tables.map((table) => table.getBoundingClientRect().height));
    assert.equal(heights.length, 10);
    for (const height of heights) assert.ok(height > 200, String(height));
  });

  it('prints tables that fit a page', async () => {
    const { page } = await open(PAPER);
    await page.emulateMedia({ media: 'print' });
    const widths = await page
      .locator('.scroll table')
      .evaluateAll((tables) => tables.map((table) => table.getBoundingClientRect().width));
    assert.ok(Math.max(...widths) <= PAPER.width, String(widths));
  });

  async function open({ width, height, colorScheme }: View): Promise<{ page: Page; complaints: string[] }> {
    const page = await browser.newPage({ viewport: { width, height }, ...(colorScheme && { colorScheme }) });
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url) complaints.push(request.url());
    });
    await page.goto(url);
    return { page, complaints };
  }

  function styleOf(page: Page, selector: string, property: 'fill' | 'color'): Promise<string> {
    return page
      .locator(selector)
      .first()
      .evaluate(
        (element, name) => element.ownerDocument.defaultView?.getComputedStyle(element)[name] ?? '',
        property,
      );
  }

  async function screenshot(page: Page, name: string): Promise<void> {
    const path = join(SCREENSHOTS ?? folder, `report-${name}.png`);
    await page.screenshot({ path, fullPage: true });
    assert.ok((await stat(path)).size > 20_000);
  }
});
