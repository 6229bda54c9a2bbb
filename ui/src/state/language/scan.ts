/** What both halves of the language share when a query is cut: kinds of tokens, blanks, quotes. */

export type TokenKind =
  | 'space'
  | 'comment'
  | 'string'
  | 'regex'
  | 'field'
  | 'word'
  | 'number'
  | 'keyword'
  | 'verb'
  | 'function'
  | 'operator'
  | 'negation'
  | 'pipe'
  | 'open'
  | 'close';

export interface Token {
  kind: TokenKind;
  start: number;
  end: number;
  text: string;
}

/** The last token that is neither blank nor comment. */
export function lastSolid(tokens: Token[]): Token | undefined {
  return tokens.findLast(({ kind }) => kind !== 'space' && kind !== 'comment');
}

export type Scanned = [TokenKind, number];

/** The first of `rules` (sticky patterns) that matches at `at`, if any does. */
export function scanRules(text: string, at: number, rules: [TokenKind, RegExp][]): Scanned | null {
  for (const [kind, pattern] of rules) {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) return [kind, at + found[0].length];
  }
  return null;
}

/** A comment begins only at the start or behind a blank, so that `http://x` holds none. */
export const BLANKS: [TokenKind, RegExp][] = [
  ['space', /\s+/y],
  ['comment', /(?<![^\s])(?:\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))/y],
];

/** Quoted texts; one that is not closed reaches to the end. */
export const QUOTED: [TokenKind, RegExp][] = [
  ['string', /"(?:[^"\\]|\\[\s\S])*(?:"|$)|'(?:[^'\\]|\\[\s\S])*(?:'|$)/y],
  ['field', /`(?:[^`]|``)*(?:`|$)/y],
];
