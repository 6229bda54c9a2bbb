/**
 * The tokens of a query's head.
 *
 * What ends a word depends on where it stands: a word that may name a field ends at `:`, `=`, `<`, `>` and `!=`;
 * a value, which follows one of these, holds them (`url:http://x/?a=b`).
 */
import { BLANKS, lastSolid, QUOTED, type Scanned, scanRules, type Token, type TokenKind } from './scan.ts';

const RULES: [TokenKind, RegExp][] = [
  ...BLANKS,
  ...QUOTED,
  ['keyword', /\|\||&&/y],
  ['pipe', /\|/y],
  ['open', /[([{]/y],
  ['close', /[)\]}]/y],
  ['operator', /==|=~|!=|<=|>=|[:=<>]|~(?=["'])|,/y],
];

const KEYWORD = /^(?:and|or|not|to)$/i;
const COMPARING = /^(?:==|=~|!=|<=|>=|[:=<>~])$/;

export function scanHead(text: string, at: number, before: Token[]): Scanned {
  const known = scanRules(text, at, RULES);
  if (known !== null) return known;
  const isValue = COMPARING.test(lastSolid(before)?.text ?? '');
  if (!isValue && /^[-!][^\s)|]/.test(text.slice(at, at + 2))) return ['negation', at + 1];
  const inRange = isInRange(before);
  return regex(text, at) ?? word(text, at, isValue || inRange, inRange);
}

/** A pattern between slashes; a path begins with a slash too, but does not end like this. */
function regex(text: string, at: number): Scanned | null {
  const pattern = /\/((?:[^/\\\n]|\\.)+)\/(?=[\s)|,]|$)/y;
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  if (!found) return null;
  const body = found[1] ?? '';
  const last = body.split(/\s/).at(-1) ?? body;
  const crossesWords =
    last.length < body.length && (last === '' || /[:="]/.test(last) || /^[(!-]/.test(last));
  return crossesWords ? null : ['regex', at + found[0].length];
}

/** Whether a bracket of `field:[a TO b]` is open. */
function isInRange(before: Token[]): boolean {
  return /^[[{]$/.test(before.findLast(({ kind }) => kind === 'open' || kind === 'close')?.text ?? '');
}

function word(text: string, at: number, isValue: boolean, inRange: boolean): Scanned {
  const ends = inRange ? /^[\s\S][^\s()"|\]}]*/u : /^[\s\S][^\s()"|]*/u;
  const run = ends.exec(text.slice(at))?.[0] ?? text.charAt(at);
  const length = isValue ? run.replace(/,+$/, '').length || 1 : nameLength(run);
  const found = run.slice(0, length);
  const end = at + length;
  if (!isValue && /^(?:==|=~|!=|<=|>=|[:=<>])/.test(text.slice(end))) return ['field', end];
  if ((!isValue || inRange) && KEYWORD.test(found)) return ['keyword', end];
  return [/^-?\d+(\.\d+)?$/.test(found) ? 'number' : 'word', end];
}

/** How much of a run of characters can be a field's name or a bare word. */
function nameLength(run: string): number {
  for (let i = 1; i < run.length; i += 1) {
    const rest = run.slice(i);
    if (rest.startsWith(':') && colonBelongs(run.slice(0, i), rest.slice(1))) {
      i += 1;
    } else if (/^(?:[:=<>`]|!=|~["'])/.test(rest)) {
      return i;
    }
  }
  return run.length;
}

/** `http://x`, `std::io`, `C:\x`, and whatever begins with a digit, as `10:30:00` does. */
function colonBelongs(word: string, after: string): boolean {
  return after.startsWith('//') || after.startsWith(':') || after.startsWith('\\') || /^\d/.test(word);
}
