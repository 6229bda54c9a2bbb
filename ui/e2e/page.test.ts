import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from './support/axe.ts';
import { events } from './support/events.ts';
import { baseUrl, editor, eventually, open, query, rows, search, send, useBrowser } from './support/page.ts';

describe.skipIf(baseUrl === '')('the page', () => {
  useBrowser();

  beforeAll(async () => {
    await send('page', events(Date.now()));
    await eventually(async () => {
      const answer = await fetch(`${baseUrl}/api/v1/query?query=*&dataset=page`);
      expect((await answer.text()).trim().split('\n')).toHaveLength(43);
    });
  });

  test('follows new events live, pauses while the reader scrolls, and goes on', async () => {
    const { page, problems, close } = await open('?dataset=page&q=served');
    await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(20));
    await page.getByRole('button', { name: 'Live', exact: true }).click();
    await page.locator('.live-bar.is-on').waitFor();
    await send('page', [{ message: 'live one served' }, { message: 'not for this query' }]);
    await eventually(async () => expect(await rows(page).first().textContent()).toContain('live one served'));

    await page.locator('.log-list').evaluate((list) => list.scrollTo({ top: 200 }));
    await page.locator('.live-bar.is-paused').waitFor();
    await send('page', [{ message: 'live two served' }]);
    await page.getByRole('button', { name: 'Resume (1 new)' }).click();
    await eventually(async () => expect(await rows(page).first().textContent()).toContain('live two served'));
    const texts = await rows(page).allTextContents();
    expect(texts.filter((text) => text.includes('live one'))).toHaveLength(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('speaks Korean to a Korean browser, and changes language by click', async () => {
    const { page, close } = await open('?dataset=page', { locale: 'ko-KR' });
    await page.getByRole('button', { name: '검색', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ko');
    await eventually(async () =>
      expect(await page.locator('.histogram-total').textContent()).toMatch(/^이벤트 [\d,]+건$/),
    );
    await page.getByRole('button', { name: 'English' }).click();
    await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
    await page.reload();
    await page.getByRole('button', { name: 'Search', exact: true }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('en');
    await close();
  });

  test('is dark as the system is, or as chosen', async () => {
    const { page, close } = await open('?dataset=page', { colorScheme: 'dark' });
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    await page.locator('.app-header').waitFor();
    const dark = await background();
    await page.getByRole('button', { name: /^Colours/ }).click();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('light');
    const light = await background();
    expect(light).not.toBe(dark);
    await page.reload();
    await page.locator('.app-header').waitFor();
    expect(await background()).toBe(light);
    await close();
  });

  test('a link shows the same search', async () => {
    const link =
      '?q=level%3Aerror+%7C+where+status+%3E%3D+200&dataset=page&from=now-6h&col=service&col=status';
    const { page, close } = await open(link);
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    expect(await editor(page).textContent()).toBe('level:error | where status >= 200');
    expect(await page.getByRole('button', { name: 'Time range: Last 6 hours' }).count()).toBe(1);
    expect(await page.getByRole('button', { name: 'Dataset: page' }).count()).toBe(1);
    const heads = await page.getByRole('columnheader').allTextContents();
    expect(heads).toEqual(expect.arrayContaining(['service', 'status']));
    await close();
  });

  test('the list is walked and opened by keyboard alone', async () => {
    const { page, close } = await open('?dataset=page');
    await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(20));
    await page.keyboard.press('j');
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.locator('.row-details').waitFor();
    expect(await rows(page).nth(1).getAttribute('aria-rowindex')).toBe('3');
    expect(await page.locator('.log-row.is-expanded').getAttribute('data-index')).toBe('1');
    await page.keyboard.press('/');
    expect(await page.evaluate(() => document.activeElement?.className)).toContain('cm-content');
    await page.keyboard.press('Escape');
    await page.locator('.log-list').focus();
    await page.keyboard.press('?');
    await page.getByRole('heading', { name: 'Help' }).waitFor();
    await page.keyboard.press('Escape');
    await eventually(async () => expect(await page.locator('dialog').count()).toBe(0));
    await close();
  });

  test('older events follow as the list is scrolled, each once', async () => {
    const count = 1_300;
    const now = Date.now();
    // Many share one instant, as a burst does: paging by time must not skip them.
    const burst = Array.from({ length: count }, (_, i) => ({
      '@timestamp': new Date(now - Math.floor(i / 400) * 1000).toISOString(),
      message: `line ${i}`,
    }));
    await send('many', burst);
    const { page, close } = await open('?dataset=many');
    await eventually(async () =>
      expect(await page.locator('.histogram-total').textContent()).toBe('1,300 events'),
    );
    await eventually(async () => {
      await page.locator('.log-list').evaluate((list) => list.scrollTo({ top: list.scrollHeight }));
      expect(await page.getByRole('grid').getAttribute('aria-rowcount')).toBe(String(count + 1));
    });
    await eventually(async () => expect(await rows(page).last().textContent()).toMatch(/line \d+/));
    await close();
  });

  test('Escape calls a running search off', async () => {
    const { page, close } = await open('?dataset=page');
    await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(20));
    await page.route('**/api/v1/query', () => undefined);
    await search(page, 'never');
    await page.getByRole('button', { name: 'Cancel' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Cancelled after').waitFor();
    expect(query(page)).toBe('never');
    await close();
  });

  test('a server that does not answer is told so', async () => {
    const { page, close } = await open('?dataset=page');
    await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(20));
    await page.route('**/api/**', (route) => route.abort());
    await search(page, 'anything');
    await page.locator('.empty-note', { hasText: 'The server does not answer' }).waitFor();
    await page.reload();
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await page.unroute('**/api/**');
    await eventually(async () => expect(await page.locator('.search-body').count()).toBe(1));
    await close();
  });

  test('an empty server shows how to send events, with its own address', async () => {
    const { page, close } = await open();
    await page.route('**/api/v1/datasets', (route) => route.fulfill({ json: { datasets: [] } }));
    await page.reload();
    await page.getByRole('heading', { name: 'Send your first logs' }).waitFor();
    expect(await page.locator('.start pre').first().textContent()).toContain(`${baseUrl}/api/v1/ingest/`);
    expect(await violations(page)).toEqual([]);
    await page.unroute('**/api/v1/datasets');
    await page.locator('.search-body').waitFor();
    await close();
  });

  test.each(['light', 'dark'] as const)(
    'has no accessibility problem that axe knows, %s',
    async (colorScheme) => {
      const { page, close } = await open('?dataset=page&col=service', { colorScheme });
      await eventually(async () => expect(await rows(page).count()).toBeGreaterThan(20));
      await page.locator('.field-name').first().click();
      await rows(page).nth(1).click();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: /^Time range/ }).click();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await search(page, 'level:error )');
      await page.locator('.query-error').waitFor();
      expect(await violations(page)).toEqual([]);
      await search(page, '* | timechart span=5m count() by level');
      await page.locator('.series-chart canvas').waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Help' }).click();
      expect(await violations(page)).toEqual([]);
      await close();
    },
  );
});
