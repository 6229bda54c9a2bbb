/** Starts the real binary once for all browser tests, on an empty folder and free ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the server under test; empty if there is none. */
    baseUrl: string;
  }
}

const START_MS_MAX = 30_000;
const STOP_MS_MAX = 10_000;
const BINARY = resolve(process.env.GIROK_BIN ?? join(import.meta.dirname, '../../../target/debug/girok'));

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (process.env.GIROK_URL !== undefined) {
    project.provide('baseUrl', process.env.GIROK_URL);
    return async () => undefined;
  }
  if (!existsSync(BINARY)) return withoutBinary(project);

  const data = mkdtempSync(join(tmpdir(), 'girok-e2e-'));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [
    'serve',
    '--data',
    data,
    '--http',
    address,
    '--syslog',
    `127.0.0.1:${await freePort()}`,
    '--kafka',
    'off',
  ];
  const server = spawn(BINARY, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output: string[] = [];
  for (const stream of [server.stdout, server.stderr]) stream.on('data', (text) => output.push(String(text)));
  try {
    await ready(`http://${address}`, server);
  } catch (cause) {
    server.kill('SIGKILL');
    throw new Error(`${BINARY} did not get ready: ${cause}\n${output.join('')}`);
  }
  project.provide('baseUrl', `http://${address}`);
  return async () => {
    await stop(server);
    rmSync(data, { recursive: true, force: true });
  };
}

/** On a developer's machine the tests are passed over, said plainly; in CI a missing binary is a failure. */
async function withoutBinary(project: TestProject): Promise<() => Promise<void>> {
  const message = `cannot find \`${BINARY}\`: build it (cargo build) or name it in GIROK_BIN`;
  if (process.env.CI === 'true') throw new Error(message);
  process.stderr.write(`\nbrowser tests are skipped: ${message}\n\n`);
  project.provide('baseUrl', '');
  return async () => undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolvePort, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

async function ready(url: string, server: ChildProcess): Promise<void> {
  const until = Date.now() + START_MS_MAX;
  while (Date.now() < until) {
    if (server.exitCode !== null) throw new Error(`it ended with code ${server.exitCode}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((wake) => setTimeout(wake, 50));
  }
  throw new Error(`no answer within ${START_MS_MAX} ms`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null) return;
  const ended = new Promise((resolveEnd) => server.once('exit', resolveEnd));
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_MS_MAX);
  await ended;
  clearTimeout(timer);
}
