import { expect, test } from 'vitest';
import { LineSplitter, parseLine, readNdjson } from './ndjson.ts';

const TEXT = '{"a":1}\n\n{"b":"가나다"}\n{"c":"no line end"}';
const VALUES = [{ a: 1 }, { b: '가나다' }, { c: 'no line end' }];

function streamOf(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (let at = 0; at < bytes.length; at += size) controller.enqueue(bytes.slice(at, at + size));
      controller.close();
    },
  });
}

async function readAll(stream: ReadableStream<Uint8Array>): Promise<unknown[]> {
  const values = [];
  for await (const batch of readNdjson(stream)) values.push(...batch);
  return values;
}

test('values are the same wherever the stream is cut, even inside a character', async () => {
  const bytes = new TextEncoder().encode(TEXT);
  for (let size = 1; size <= bytes.length; size += 1) {
    expect(await readAll(streamOf(bytes, size))).toEqual(VALUES);
  }
});

test('a line that is not JSON is an error, not silence', async () => {
  const bytes = new TextEncoder().encode('{"a":1}\n<html>\n');
  await expect(readAll(streamOf(bytes, 5))).rejects.toThrow(SyntaxError);
});

test('a reader that stops early lets go of the stream', async () => {
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode('{}\n')),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of readNdjson(stream)) break;
  expect(cancelled).toBe(true);
});

test('long whole numbers keep their digits', () => {
  const line =
    '{"id":9223372036854775807,"n":-9007199254740993,"ok":9007199254740991,"f":0.1234567890123456789,"t":"a \\" 12345678901234567890"}';
  expect(parseLine(line)).toEqual({
    id: '9223372036854775807',
    n: '-9007199254740993',
    ok: 9_007_199_254_740_991,
    f: 0.123_456_789_012_345_68,
    t: 'a " 12345678901234567890',
  });
});

test('heartbeats are passed over', () => {
  const splitter = new LineSplitter();
  expect(splitter.push('\n\n1\n\r\n2')).toEqual(['1']);
  expect(splitter.finish()).toEqual(['2']);
  expect(splitter.finish()).toEqual([]);
});
