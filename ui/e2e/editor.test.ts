import type { CDPSession, Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { baseUrl, editor, eventually, open, query, rows, send, total, useBrowser } from './support/page.ts';

describe.skipIf(baseUrl === '')('the query bar', () => {
  useBrowser();

  beforeAll(async () => {
    await send('editor', [
      { level: 'error', region: 'seoul', message: '결제 승인 실패' },
      { level: 'info', region: 'busan', message: '결제 승인' },
    ]);
    await eventually(async () => {
      const answer = await fetch(`${baseUrl}/api/v1/query?query=*&dataset=editor`);
      expect((await answer.text()).trim().split('\n')).toHaveLength(2);
    });
  });

  test('Enter runs once while Hangul is being composed', async () => {
    const { page, close } = await open('?dataset=editor');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    const asked = countQueries(page);
    await editor(page).click();
    const keyboard = await page.context().newCDPSession(page);
    await compose(keyboard, ['ㅅ', '시', '실'], '실');
    await compose(keyboard, ['ㅍ', '패'], null);
    await enterDuringComposition(keyboard, '패');

    await eventually(() => expect(query(page)).toBe('실패'));
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    await page.waitForTimeout(300);
    expect(asked()).toEqual(['실패']);
    expect(await editor(page).textContent()).toBe('실패');
    await close();
  });

  test('completes fields and their values; Enter runs unless a proposal was chosen', async () => {
    const { page, close } = await open('?dataset=editor');
    await eventually(async () => expect(await rows(page).count()).toBe(2));
    await editor(page).click();
    await page.keyboard.type('regi');
    await page.locator('.cm-tooltip-autocomplete').waitFor();
    await page.keyboard.press('Tab');
    expect(await editor(page).textContent()).toBe('region:');
    await page.keyboard.type('se');
    await page.locator('.cm-tooltip-autocomplete', { hasText: 'seoul' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await editor(page).textContent()).toBe('region:seoul');
    await page.keyboard.press('Enter');
    await eventually(async () => expect(await rows(page).count()).toBe(1));
    await close();
  });

  test('keeps the queries that were run', async () => {
    const { page, close } = await open('?dataset=editor');
    await editor(page).click();
    await page.keyboard.type('승인');
    await page.keyboard.press('Control+Enter');
    await eventually(() => expect(query(page)).toBe('승인'));
    await page.reload();
    await page.getByRole('button', { name: 'Recent queries' }).click();
    expect(await page.locator('.history-menu .menu-item').allTextContents()).toEqual(['승인']);
    await close();
  });

  test('reads a range as typed, in the chosen zone', async () => {
    const { page, close } = await open('?dataset=editor');
    await page.getByRole('button', { name: /^Time range/ }).click();
    await page.getByLabel('Type a range').fill('last 3 hours');
    await page.keyboard.press('Enter');
    await eventually(() => expect(new URL(page.url()).searchParams.get('from')).toBe('now-3h'));

    await page.getByRole('button', { name: /^Time range/ }).click();
    await page.getByLabel('UTC', { exact: true }).check();
    await page.getByLabel('From', { exact: true }).fill('2026-01-02 03:04');
    await page.getByLabel('To', { exact: true }).fill('now');
    await page.getByRole('button', { name: 'Apply' }).click();
    await eventually(() =>
      expect(new URL(page.url()).searchParams.get('from')).toBe('2026-01-02T03:04:00.000Z'),
    );
    await eventually(async () => expect(await total(page).textContent()).toBe('2 events'));

    await page.getByRole('button', { name: /^Time range/ }).click();
    await page.getByLabel('Type a range').fill('whenever');
    await page.keyboard.press('Enter');
    expect(await page.locator('.form-problem').textContent()).toContain('whenever');
    await close();
  });
});

/** The queries that are sent from now on. */
function countQueries(page: Page): () => string[] {
  const asked: string[] = [];
  page.on('request', (request) => {
    if (!request.url().endsWith('/api/v1/query')) return;
    asked.push(new URLSearchParams(request.postData() ?? '').get('query') ?? '');
  });
  return () => asked;
}

/** Composes one syllable as an input method does, and commits it if `done` is given. */
async function compose(keyboard: CDPSession, steps: string[], done: string | null): Promise<void> {
  for (const text of steps) {
    await keyboard.send('Input.imeSetComposition', {
      text,
      selectionStart: text.length,
      selectionEnd: text.length,
    });
  }
  if (done !== null) await keyboard.send('Input.insertText', { text: done });
}

/** What a browser sees when Enter ends a syllable: a key that the input method took, then the text. */
async function enterDuringComposition(keyboard: CDPSession, text: string): Promise<void> {
  const key = { key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229, nativeVirtualKeyCode: 229 };
  await keyboard.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', ...key });
  await keyboard.send('Input.insertText', { text });
  await keyboard.send('Input.dispatchKeyEvent', {
    type: 'keyUp',
    key: 'Enter',
    code: 'Enter',
    windowsVirtualKeyCode: 13,
  });
}
