// Says how large the built page is on the wire, and fails when a part outgrows its bound.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const DIST = new URL('../dist', import.meta.url).pathname;
const ENTRY_BYTES_MAX = 300 * 1024;
const CHUNK_BYTES_MAX = 120 * 1024;

const html = readFileSync(join(DIST, 'index.html'), 'utf8');
const gzipBytes = (name) => gzipSync(readFileSync(join(DIST, name)), { level: 9 }).length;

const scripts = readdirSync(join(DIST, 'assets')).filter((name) => /\.(js|css)$/.test(name));
const entry = scripts.filter((name) => html.includes(name));
const lazy = scripts.filter((name) => !html.includes(name));

let failed = entry.length === 0;
for (const name of scripts) {
  const path = join('assets', name);
  const raw = statSync(join(DIST, path)).size;
  process.stdout.write(`${name.padEnd(36)} ${kib(raw)} raw ${kib(gzipBytes(path))} gz\n`);
}
const entryBytes = entry.reduce((sum, name) => sum + gzipBytes(join('assets', name)), 0);
check('entry', entryBytes, ENTRY_BYTES_MAX);
for (const name of lazy) check(name, gzipBytes(join('assets', name)), CHUNK_BYTES_MAX);
process.exit(failed ? 1 : 0);

function check(name, bytes, bytesMax) {
  if (bytes > bytesMax) failed = true;
  process.stdout.write(
    `${bytes > bytesMax ? 'TOO LARGE ' : ''}${name}: ${kib(bytes)} gz of ${kib(bytesMax)}\n`,
  );
}

function kib(bytes) {
  return `${(bytes / 1024).toFixed(1).padStart(7)} KiB`;
}
