import type { Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { violations } from './support/axe.ts';
import { baseUrl, eventually, open, send, useBrowser } from './support/page.ts';

const TOPIC = 'cluster-page';
/** Samples are taken every five seconds, and a chart needs two; a busy machine may miss some. */
const CHART_MS = 60_000;
/** Where a test waits for that, or looks at a page several times with axe. */
const SLOW_MS = 120_000;

/** A change over the API, as a script would make it. */
async function change(method: string, path: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${baseUrl}/api/v1/${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
}

/** A group that has read nothing of the topic yet, and is not there now. */
async function withGroup(name: string): Promise<void> {
  await change('POST', `groups/${name}/offsets`, { to: 'earliest', topics: [TOPIC] });
}

const topicRow = (page: Page, name: string) => page.getByRole('row').filter({ hasText: name }).first();
const param = (page: Page, name: string) => new URL(page.url()).searchParams.get(name);

describe.skipIf(baseUrl === '')('the cluster page', () => {
  useBrowser();

  beforeAll(async () => {
    const events = Array.from({ length: 12 }, (_, i) => ({ message: `record ${i}` }));
    await send(TOPIC, events);
  });

  test('is reached from the search and back, and each is found as it was left', async () => {
    const { page, problems, close } = await open(`?q=record&dataset=${TOPIC}`);
    await page.getByRole('link', { name: 'Cluster', exact: true }).click();
    await page.getByRole('heading', { name: '1 broker' }).waitFor();
    expect(new URL(page.url()).pathname).toBe('/cluster');
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    await page.locator('.search-body').waitFor();
    expect(param(page, 'q')).toBe('record');
    await page.goBack();
    await page.getByRole('heading', { name: '1 broker' }).waitFor();
    expect(problems).toEqual([]);
    await close();
  });

  test('a topic opens by keyboard, and a link shows the same', async () => {
    const { page, problems, close } = await open('cluster');
    const expand = page.getByRole('button', { name: TOPIC, exact: true });
    await expand.focus();
    await page.keyboard.press('Enter');
    const partitions = page.getByRole('table', { name: `Partitions of ${TOPIC}` });
    await partitions.waitFor();
    expect(await expand.getAttribute('aria-expanded')).toBe('true');
    expect(param(page, 'topic')).toBe(TOPIC);
    const ends = await partitions.locator('tbody tr td:nth-child(6)').allTextContents();
    expect(ends.map(Number).reduce((sum, end) => sum + end, 0)).toBe(12);
    await page.reload();
    await partitions.waitFor();
    expect(await page.getByText('retention.ms', { exact: true }).count()).toBe(1);
    expect(problems).toEqual([]);
    await close();
  });

  test('a topic is made, changed and deleted, each confirmed', async () => {
    const { page, close } = await open('cluster');
    await page.getByRole('button', { name: 'Create topic' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Topic').fill(TOPIC);
    const create = dialog.getByRole('button', { name: 'Create topic' });
    await create.click();
    await dialog.getByText(/it exists/).waitFor();
    await dialog.getByLabel('Topic').fill('made-by-hand');
    await dialog.getByLabel('Partitions').fill('x');
    expect(await create.isDisabled()).toBe(true);
    await dialog.getByLabel('Partitions').fill('3');
    await create.click();
    await page.getByRole('table', { name: 'Partitions of made-by-hand' }).waitFor();
    expect(await page.locator('.ops-details .is-inner').first().locator('tbody tr').count()).toBe(3);

    await page.getByRole('button', { name: 'Change' }).click();
    await dialog.getByRole('button', { name: 'Add a setting' }).click();
    await dialog.getByLabel('Setting', { exact: true }).fill('retention.ms');
    await dialog.getByLabel('Value of retention.ms').fill('60000');
    await dialog.getByRole('button', { name: 'Change' }).click();
    await page.getByRole('row', { name: 'retention.ms 60000 topic' }).waitFor();

    await page.getByRole('button', { name: 'Delete' }).click();
    const remove = dialog.getByRole('button', { name: 'Delete' });
    expect(await remove.isDisabled()).toBe(true);
    await dialog.getByLabel('Type made-by-hand to confirm').fill('made-by-hand');
    await remove.click();
    await eventually(async () => expect(await topicRow(page, 'made-by-hand').count()).toBe(0));
    expect(param(page, 'topic')).toBe(null);
    await close();
  });

  test('offsets are reset after the page has said what would be moved', async () => {
    await withGroup('e2e-readers');
    const { page, close } = await open('cluster?group=e2e-readers');
    await topicRow(page, 'e2e-readers').waitFor();
    await eventually(async () => expect(await topicRow(page, 'e2e-readers').textContent()).toContain('12'));
    await page.getByRole('button', { name: 'Reset offsets' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To', { exact: true }).selectOption('latest');
    await dialog.getByRole('button', { name: 'Show what would be moved' }).click();
    await dialog.getByRole('table', { name: 'Will be moved' }).waitFor();
    expect(await topicRow(page, 'e2e-readers').textContent(), 'nothing is moved yet').toContain('12');
    await dialog.getByRole('button', { name: /^Move \d+ partition/ }).click();
    await eventually(async () => expect(await page.getByRole('dialog').count()).toBe(0));
    const lag = page.getByRole('table', { name: 'Lag of e2e-readers' });
    await eventually(async () => {
      const lags = await lag.locator('tbody tr td:nth-child(4)').allTextContents();
      expect(lags.length).toBeGreaterThan(0);
      expect(lags.map((text) => text.trim()).every((text) => text === '0')).toBe(true);
    });
    await page.getByRole('button', { name: 'Forget group' }).click();
    await dialog.getByRole('button', { name: 'Forget group' }).click();
    await eventually(async () => expect(await topicRow(page, 'e2e-readers').count()).toBe(0));
    await close();
  });

  test('girok’s own group says why it cannot be reset', async () => {
    const { page, close } = await open('cluster?group=store');
    await page.getByText(/girok’s own group: it stores the events/).waitFor();
    const members = page.getByRole('table', { name: 'Members of store' });
    expect(await members.textContent()).toContain(`${TOPIC}-0`);
    expect(await page.getByRole('button', { name: 'Reset offsets' }).count()).toBe(0);
    await close();
  });

  test('lag that grows catches the eye', async () => {
    await withGroup('e2e-slow');
    const { page, close } = await open('');
    await page.route('**/api/v1/groups', async (route) => {
      const real = (await (await route.fetch()).json()) as { groups: { name: string; growing: boolean }[] };
      for (const group of real.groups) group.growing = group.name === 'e2e-slow';
      await route.fulfill({ json: real });
    });
    await page.getByRole('link', { name: 'Cluster', exact: true }).click();
    await page.locator('tr.is-growing', { hasText: 'e2e-slow' }).waitFor();
    expect(await page.locator('tr.is-growing').count()).toBe(1);
    await page.getByText('1 group falls behind').waitFor();
    await close();
  });

  test(
    'throughput is drawn as it comes, and stands in a table too',
    async () => {
      const { page, problems, close } = await open('cluster');
      const panel = page.getByRole('region', { name: 'Throughput by topic' });
      let sent = 0;
      await eventually(async () => {
        await send(TOPIC, [{ message: `more ${++sent}` }]);
        expect(await panel.locator('canvas').count()).toBe(1);
      }, CHART_MS);
      await panel.getByRole('button', { name: 'View as table' }).click();
      expect(await panel.getByRole('columnheader', { name: TOPIC }).count()).toBe(1);
      await panel.getByRole('combobox').selectOption('bytes_in_per_second');
      await eventually(async () => expect(await panel.locator('tbody').textContent()).toMatch(/B\/s/));
      expect(problems).toEqual([]);
      await close();
    },
    SLOW_MS,
  );

  test('asks again by itself until it is told not to', async () => {
    const { page, close } = await open('cluster');
    await page.getByRole('button', { name: 'Every 5 s' }).click();
    expect(param(page, 'refresh')).toBe('0');
    await send('cluster-late', [{ message: 'late' }]);
    await page.getByRole('button', { name: 'Ask again now' }).click();
    await topicRow(page, 'cluster-late').waitFor();
    await page.getByRole('button', { name: 'Paused' }).click();
    await send('cluster-later', [{ message: 'later' }]);
    await eventually(async () => expect(await topicRow(page, 'cluster-later').count()).toBe(1), 20_000);
    await close();
  });

  test('speaks Korean', async () => {
    const { page, close } = await open('cluster?group=store', { locale: 'ko-KR' });
    await page.getByRole('heading', { name: '브로커 1개' }).waitFor();
    await page.getByRole('table', { name: 'store 멤버' }).waitFor();
    await close();
  });

  test('a server that does not answer is told so, and so is one that refuses', async () => {
    const { page, close } = await open('cluster?topic=nowhere');
    await page.getByRole('heading', { name: '1 broker' }).waitFor();
    await page.route('**/api/v1/topics', (route) => route.abort());
    await page.getByRole('button', { name: 'Ask again now' }).click();
    await page.getByRole('alert').filter({ hasText: 'The server cannot be reached' }).waitFor();
    await page.route('**/api/**', (route) => route.abort());
    await page.reload();
    await page.getByRole('heading', { name: 'The server does not answer' }).waitFor();
    await close();
  });

  test.each(['light', 'dark'] as const)(
    'has no accessibility problem that axe knows, %s',
    async (colorScheme) => {
      await withGroup('e2e-axe');
      const { page, close } = await open(`cluster?topic=${TOPIC}&group=e2e-axe&internal=1`, { colorScheme });
      await page.getByRole('table', { name: `Partitions of ${TOPIC}` }).waitFor();
      await page.getByRole('table', { name: 'Lag of e2e-axe' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await page.getByRole('button', { name: 'Create topic' }).click();
      await page.getByRole('button', { name: 'Add a setting' }).click();
      expect(await violations(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Reset offsets' }).click();
      await page.getByRole('button', { name: 'Show what would be moved' }).click();
      await page.getByRole('table', { name: 'Will be moved' }).waitFor();
      expect(await violations(page)).toEqual([]);
      await close();
    },
    SLOW_MS,
  );
});
