/**
 * Finds what a query looked for in a message, so that it can be marked.
 * Follows the language's rules: words match on word boundaries, regardless of case; Hangul, Han and Kana need none.
 */
import { splitQuery } from './edit.ts';
import { type Token, tokenize } from './tokens.ts';

const TEXT_FIELDS = new Set(['message', 'msg', '_msg', 'body', '_raw']);
const WORD = '[\\p{L}\\p{N}_]';
const UNBOUNDED = /[\p{Script=Hangul}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** One pattern that finds every positive text condition of the query, or null if it has none. */
export function matcher(query: string): RegExp | null {
  const tokens = tokenize(splitQuery(query).head).filter((t) => t.kind !== 'comment');
  const sources = [];
  for (const [i, token] of tokens.entries()) {
    if (!isPositive(tokens, i) || !isAboutText(tokens, i)) continue;
    const source = sourceOf(token, tokens[i - 1]);
    if (source !== null) sources.push(source);
  }
  return sources.length === 0 ? null : compile(sources);
}

function compile(sources: string[]): RegExp | null {
  // Longest first, so that a phrase wins over a word it begins with.
  const ordered = [...new Set(sources)].sort((a, b) => b.length - a.length);
  try {
    return new RegExp(ordered.join('|'), 'giu');
  } catch {
    return null;
  }
}

function sourceOf(token: Token, before: Token | undefined): string | null {
  if (token.kind === 'regex') return regexSource(token.text.slice(1, -1));
  if (token.kind === 'string') {
    const text = unquote(token.text);
    if (text === '') return null;
    return before?.text === '~' ? escapeRegex(text) : bounded(text);
  }
  if (token.kind !== 'word' && token.kind !== 'number') return null;
  return wordSource(token.text);
}

function wordSource(word: string): string | null {
  if (/^[*?]+$/.test(word)) return null;
  if (!/[*?]/.test(word)) return bounded(word);
  if (/^[^*?]+\*$/.test(word)) return `${leftEdge(word)}${escapeRegex(word.slice(0, -1))}${WORD}*`;
  return escapeRegex(word).replaceAll('\\*', '\\S*').replaceAll('\\?', '\\S');
}

/** A Rust pattern is close enough to a JavaScript one, but for the inline flag. */
function regexSource(pattern: string): string | null {
  const source = pattern.replace(/^\(\?[imsux]+\)/, '');
  try {
    new RegExp(source, 'giu');
    return source === '' ? null : source;
  } catch {
    return null;
  }
}

function bounded(text: string): string {
  return `${leftEdge(text)}${escapeRegex(text)}${rightEdge(text)}`;
}

function leftEdge(text: string): string {
  return needsEdge(text.at(0) ?? '') ? `(?<!${WORD})` : '';
}

function rightEdge(text: string): string {
  return needsEdge(text.at(-1) ?? '') ? `(?!${WORD})` : '';
}

function needsEdge(char: string): boolean {
  return /[\p{L}\p{N}_]/u.test(char) && !UNBOUNDED.test(char);
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function unquote(literal: string): string {
  const quote = literal.charAt(0);
  const inner = literal.slice(1, literal.length > 1 && literal.endsWith(quote) ? -1 : undefined);
  return inner.replace(/\\(["'\\])/g, (whole, c: string) => (c === quote || c === '\\' ? c : whole));
}

/** Neither the condition itself nor a parenthesis around it stands under `-`, `!` or `NOT`. */
function isPositive(tokens: Token[], index: number): boolean {
  return [index, ...openGroups(tokens, index)].every((i) => !isNegated(tokens, startOfClause(tokens, i)));
}

/** A condition on no field, or on the message itself; values in parentheses belong to the field before them. */
function isAboutText(tokens: Token[], index: number): boolean {
  return [index, ...openGroups(tokens, index)].every((i) => {
    const first = tokens[startOfClause(tokens, i)];
    return first?.kind !== 'field' || TEXT_FIELDS.has(first.text.replaceAll('`', ''));
  });
}

/** Where the parentheses and brackets opened that are still open at `index`. */
function openGroups(tokens: Token[], index: number): number[] {
  const open: number[] = [];
  for (const [i, { kind }] of tokens.slice(0, index).entries()) {
    if (kind === 'open') open.push(i);
    if (kind === 'close') open.pop();
  }
  return open;
}

/** The first token of the condition that `index` belongs to: its field, if it has one. */
function startOfClause(tokens: Token[], index: number): number {
  let start = index;
  while (tokens[start - 1]?.kind === 'operator') start -= 1;
  return start < index && tokens[start - 1]?.kind === 'field' ? start - 1 : start;
}

function isNegated(tokens: Token[], index: number): boolean {
  const before = tokens[index - 1];
  if (before?.kind === 'negation') return true;
  const word = before?.kind === 'space' ? tokens[index - 2] : before;
  return word?.kind === 'keyword' && word.text.toLowerCase() === 'not';
}
