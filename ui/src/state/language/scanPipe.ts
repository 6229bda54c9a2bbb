/** The tokens of a query's pipes: verbs, expressions, durations. */
import { BLANKS, lastSolid, QUOTED, type Scanned, scanRules, type Token, type TokenKind } from './scan.ts';

const RULES: [TokenKind, RegExp][] = [
  ...BLANKS,
  ...QUOTED,
  ['keyword', /\|\||&&/y],
  ['pipe', /\|/y],
  ['open', /[([]/y],
  ['close', /[)\]]/y],
  ['number', /\d[\p{L}\p{N}_.]*/uy],
  ['regex', /(?<=[=!]~\s*)\/(?:[^/\\\n]|\\.)+\//y],
  ['operator', /==|!=|<>|>=|<=|[=!]~|[-+*/%=<>,!:]/y],
  ['word', /[\p{L}_@][\p{L}\p{N}_.@]*/uy],
];

const KEYWORDS = new Set(
  'by as if and or not in like contains startswith has asc desc span true false null'.split(' '),
);

export function scanPipe(text: string, at: number, before: Token[]): Scanned {
  const [kind, end] = scanRules(text, at, RULES) ?? ['operator', at + 1];
  return [kind === 'word' ? kindOfWord(text.slice(at, end), text.slice(end), before) : kind, end];
}

/** A bare word is a verb, keyword, function or field by where it stands. */
function kindOfWord(word: string, after: string, before: Token[]): TokenKind {
  if (lastSolid(before)?.kind === 'pipe') return 'verb';
  if (KEYWORDS.has(word.toLowerCase())) return 'keyword';
  return after.startsWith('(') ? 'function' : 'field';
}
