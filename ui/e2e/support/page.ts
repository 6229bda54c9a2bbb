/** A browser page on the search page, and the words in which the tests speak about it. */
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, inject } from 'vitest';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
];

export const baseUrl = inject('baseUrl');

let browser: Browser;

/** To be called once in a test file: starts and stops its browser. */
export function useBrowser(): void {
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  });
  afterAll(() => browser.close());
}

/** Problems the page told of: none is expected. */
export interface SearchPage {
  page: Page;
  problems: string[];
  close: () => Promise<void>;
}

export async function open(search = '', options: BrowserContextOptions = {}): Promise<SearchPage> {
  const context = await browser.newContext({
    viewport: { width: 1440, height: 900 },
    locale: 'en-US',
    timezoneId: 'Asia/Seoul',
    colorScheme: 'light',
    ...options,
  });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    // A refused query is a 400, which the browser reports by itself.
    if (message.type() === 'error' && !message.text().includes('status of 400'))
      problems.push(message.text());
  });
  await page.goto(`${baseUrl}/${search}`);
  return { page, problems, close: () => context.close() };
}

/** The rows of the list that are in the page. */
export function rows(page: Page): Locator {
  return page.locator('.log-rows [role="row"][data-row]');
}

export function editor(page: Page): Locator {
  return page.locator('.query-editor .cm-content');
}

export function total(page: Page): Locator {
  return page.locator('.histogram-total');
}

export function query(page: Page): string | null {
  return new URL(page.url()).searchParams.get('q');
}

/** Puts a query into the bar and runs it. */
export async function search(page: Page, text: string): Promise<void> {
  await editor(page).click();
  await page.keyboard.press('Control+A');
  await page.keyboard.type(text);
  await page.keyboard.press('Enter');
}

export async function send(dataset: string, events: object[]): Promise<void> {
  const body = events.map((event) => JSON.stringify(event)).join('\n');
  const headers = { 'content-type': 'application/x-ndjson' };
  const response = await fetch(`${baseUrl}/api/v1/ingest/${dataset}`, { method: 'POST', headers, body });
  const answer = (await response.json()) as { accepted: number };
  if (answer.accepted !== events.length)
    throw new Error(`sent ${events.length}, answer ${JSON.stringify(answer)}`);
}

/** Waits until `probe` holds; the last failure says why it did not. */
export async function eventually(probe: () => Promise<void> | void, millis = 10_000): Promise<void> {
  const until = Date.now() + millis;
  for (;;) {
    try {
      await probe();
      return;
    } catch (failure) {
      if (Date.now() > until) throw failure;
      await new Promise((wake) => setTimeout(wake, 100));
    }
  }
}
