import { beforeAll, describe, expect, test } from 'vitest';
import { events } from './support/events.ts';
import {
  baseUrl,
  editor,
  eventually,
  open,
  query,
  rows,
  search,
  send,
  total,
  useBrowser,
} from './support/page.ts';

const ALL = 43;

describe.skipIf(baseUrl === '')('the search page', () => {
  useBrowser();

  beforeAll(async () => {
    await send('web', events(Date.now()));
    await eventually(async () => {
      const answer = await fetch(`${baseUrl}/api/v1/query?query=*&dataset=web`);
      expect((await answer.text()).trim().split('\n')).toHaveLength(ALL);
    });
  });

  test('shows the newest events, how many there are, and their fields', async () => {
    const { page, problems, close } = await open('?dataset=web');
    await eventually(async () => expect(await total(page).textContent()).toBe(`${ALL} events`));
    expect(await rows(page).count()).toBeGreaterThan(20);
    expect(await rows(page).first().textContent()).toContain('request');
    await eventually(async () =>
      expect(await page.locator('.field-name').allTextContents()).toContain('a' + 'service'),
    );
    await eventually(async () =>
      expect(await page.locator('.result-bar').textContent()).toMatch(/43 rows · [\d.]+ m?s/),
    );
    expect(problems).toEqual([]);
    await close();
  });

  test('finds a word, marks it, and says so in the address', async () => {
    const { page, close } = await open('?dataset=web');
    await search(page, 'timeout');
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    expect(await page.locator('mark').allTextContents()).toEqual(['timeout']);
    expect(query(page)).toBe('timeout');
    await close();
  });

  test('adds and excludes a value by click, exactly escaped', async () => {
    const { page, close } = await open('?dataset=web');
    await page.locator('.field-name', { hasText: /^#?a?level$/ }).click();
    await page.getByRole('button', { name: 'Keep only level = error' }).click();
    await eventually(async () => expect(await total(page).textContent()).toBe('2 events'));
    expect(query(page)).toBe('level="error"');

    await rows(page).first().click();
    await page.getByRole('button', { name: 'Exclude events with this message' }).click();
    await eventually(async () => expect(await total(page).textContent()).toBe('1 event'));
    expect(query(page)).toBe(
      'level="error" -message="connection timeout to payment \\"gateway\\" C:\\\\pay"',
    );

    await page.goBack();
    await eventually(async () => expect(await total(page).textContent()).toBe('2 events'));
    expect(await editor(page).textContent()).toBe('level="error"');
    await close();
  });

  test('adds an odd field with an odd value', async () => {
    const { page, close } = await open(`?dataset=web&q=${encodeURIComponent('odd')}`);
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    await rows(page).first().click();
    await page.getByRole('button', { name: 'Keep only events with this odd-name' }).click();
    await eventually(() => expect(query(page)).toBe('odd `odd-name`="a \\"quoted\\" \\\\ value"'));
    await eventually(async () => expect(await total(page).textContent()).toBe('1 event'));
    await close();
  });

  test('counts numbers as numbers', async () => {
    const { page, close } = await open('?dataset=web');
    await page.locator('.field-name', { hasText: /status$/ }).click();
    await page.getByRole('button', { name: 'Keep only status = 500' }).click();
    await eventually(async () => expect(await total(page).textContent()).toBe('5 events'));
    expect(query(page)).toBe('status=500');
    await close();
  });

  test('zooms in on what is dragged over, and out again', async () => {
    const { page, close } = await open('?dataset=web');
    await eventually(async () => expect(await total(page).textContent()).toBe(`${ALL} events`));
    const box = await page.locator('.plot .u-over').boundingBox();
    if (box === null) throw new Error('the chart is not there');
    await page.mouse.move(box.x + box.width * 0.8, box.y + 40);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.9, box.y + 40, { steps: 5 });
    await page.mouse.up();
    await eventually(() => expect(new URL(page.url()).searchParams.get('from')).toMatch(/^\d{4}-.*Z$/));
    await eventually(async () =>
      expect(Number.parseInt((await total(page).textContent()) ?? '', 10)).toBeLessThan(ALL),
    );

    const { from, to } = ends(page.url());
    await page.getByRole('button', { name: 'Zoom out' }).click();
    await eventually(() => expect(ends(page.url()).from).toBeLessThan(from));
    expect(ends(page.url()).to).toBeGreaterThanOrEqual(to);
    await close();
  });

  test('a click on a level of the legend keeps only that level', async () => {
    const { page, close } = await open('?dataset=web');
    await page.locator('.legend button', { hasText: 'error' }).click();
    await eventually(async () => expect(await total(page).textContent()).toBe('2 events'));
    await page.getByRole('button', { name: 'View as table' }).click();
    expect(await page.locator('.histogram table th').allTextContents()).toContain('error');
    await close();
  });

  test('opens a row in place, and a field becomes a column that the link keeps', async () => {
    const { page, close } = await open('?dataset=web');
    await rows(page).first().click();
    const names = await page.locator('.row-details th').allTextContents();
    expect(names).toEqual(
      expect.arrayContaining(['message', 'level', 'service', 'duration_ms', '_time', '_offset']),
    );
    await page.getByRole('button', { name: 'Show service as a column' }).last().click();
    expect(new URL(page.url()).searchParams.getAll('col')).toEqual(['service']);
    await page.reload();
    await eventually(async () =>
      expect(await page.getByRole('columnheader').allTextContents()).toContain('service'),
    );
    await eventually(async () => expect(await rows(page).first().textContent()).toMatch(/shop|search/));
    await close();
  });

  test('a wrong query is underlined, with a caret and a hint', async () => {
    const { page, close } = await open('?dataset=web');
    await search(page, '결제 level:error )');
    const alert = page.locator('.query-error');
    await alert.waitFor();
    expect(await alert.locator('.caret-under').textContent()).toBe(')');
    expect(await alert.locator('.query-error-hint').textContent()).toMatch(/Hint: ./);
    expect(await page.locator('.tok-error').textContent()).toBe(')');
    await search(page, 'level:error');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    expect(await alert.count()).toBe(0);
    await close();
  });

  test('a field that no event has is pointed out, with the nearest name', async () => {
    const { page, close } = await open('?dataset=web');
    await search(page, 'levle:error');
    await page.locator('.query-warning', { hasText: 'level' }).waitFor();
    await page.getByText('No events match').waitFor();
    await close();
  });

  test('computed rows are a table, and over time a chart with a table', async () => {
    const { page, close } = await open('?dataset=web');
    await search(page, '* | stats count() as n by service | sort -n');
    await eventually(async () =>
      expect(await page.locator('.result-table tbody tr').allTextContents()).toEqual(['shop22', 'search21']),
    );
    await search(page, '* | timechart span=5m count() by level');
    await page.locator('.series-chart canvas').waitFor();
    expect(await page.locator('.series-chart .legend li').allTextContents()).toEqual(
      expect.arrayContaining(['info', 'warn', 'error']),
    );
    expect(await page.locator('.result-table tbody tr').count()).toBeGreaterThan(5);
    await close();
  });

  test('an old range says so, and offers to look wider', async () => {
    const { page, close } = await open('?dataset=web&from=2001-01-01T00:00:00Z&to=2001-01-02T00:00:00Z');
    await page.getByText('No events match').waitFor();
    expect(await page.locator('.empty').textContent()).toContain('2001-01-01 09:00 – 2001-01-02 09:00');
    await page.getByRole('button', { name: 'Search there' }).click();
    await eventually(async () => expect(await total(page).textContent()).toBe(`${ALL} events`));
    await close();
  });

  test('the export has every row', async () => {
    const { page, close } = await open('?dataset=web&q=level:error');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    const href = await page.getByRole('link', { name: 'Export' }).getAttribute('href');
    const lines = (await (await fetch(href ?? '')).text()).trim().split('\n');
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['error', 'error']);
    await close();
  });
});

/** The ends of the range in a page's address, in milliseconds. */
function ends(url: string): { from: number; to: number } {
  const { searchParams } = new URL(url);
  return { from: Date.parse(searchParams.get('from') ?? ''), to: Date.parse(searchParams.get('to') ?? '') };
}
