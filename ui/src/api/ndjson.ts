/** Reads a stream of newline-delimited JSON, value by value, wherever the chunks are cut. */

/** Cuts text that arrives in pieces into its lines. Empty lines (heartbeats) are left out. */
export class LineSplitter {
  #rest = '';

  push(piece: string): string[] {
    const lines = (this.#rest + piece).split('\n');
    this.#rest = lines.pop() ?? '';
    return lines.filter((line) => line.trim() !== '');
  }

  /** What stands after the last line end. */
  finish(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest.trim() === '' ? [] : [rest];
  }
}

const LONG_INTEGER = /\d{16}/;
const TEXT_OR_LONG_INTEGER = /"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** Whole numbers that JavaScript would round are kept as text: an id must stay the id it is. */
export function parseLine(line: string): unknown {
  if (!LONG_INTEGER.test(line)) return JSON.parse(line);
  return JSON.parse(
    line.replace(TEXT_OR_LONG_INTEGER, (found) => {
      return found.startsWith('"') || Number.isSafeInteger(Number(found)) ? found : `"${found}"`;
    }),
  );
}

/** The values of `body`, in batches as they arrive. A line that is not JSON ends the stream with an error. */
export async function* readNdjson(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown[]> {
  const splitter = new LineSplitter();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      const lines = done ? splitter.finish() : splitter.push(decoder.decode(value, { stream: true }));
      if (lines.length > 0) yield lines.map(parseLine);
      if (done) return;
    }
  } finally {
    reader.cancel().catch(() => undefined);
  }
}
