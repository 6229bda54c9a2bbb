/**
 * Cuts a query into tokens, for colours, for finding the pipes and for editing it by click.
 * The server's parser is the authority on meaning; this one never fails and gives every character a kind.
 */

import type { Scanned, Token } from './scan.ts';
import { scanHead } from './scanHead.ts';
import { scanPipe } from './scanPipe.ts';

export type { Token, TokenKind } from './scan.ts';

/** All tokens of `text`, in order and without gaps. */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  let inPipe = false;
  let at = 0;
  while (at < text.length) {
    const scanned: Scanned = inPipe ? scanPipe(text, at, tokens) : scanHead(text, at, tokens);
    const [kind, end] = scanned;
    tokens.push({ kind, start: at, end, text: text.slice(at, end) });
    inPipe ||= kind === 'pipe';
    at = end;
  }
  return tokens;
}
