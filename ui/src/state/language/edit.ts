/**
 * Edits a query as text: adds, turns round and removes one condition of its head, and leaves the rest as typed.
 */
import { tokenize } from './tokens.ts';

/** A value as it comes from an event or a facet. */
export type FieldValue = string | number | boolean | null;

export type Mode = 'include' | 'exclude';

/** The head of a query and everything from its first pipe on (which is kept as typed). */
export interface QueryParts {
  head: string;
  pipes: string;
}

export function splitQuery(query: string): QueryParts {
  const pipe = tokenize(query).find((token) => token.kind === 'pipe');
  const at = pipe ? pipe.start : query.length;
  return { head: query.slice(0, at).trim(), pipes: query.slice(at).trim() };
}

export function joinQuery({ head, pipes }: QueryParts): string {
  if (pipes === '') return head;
  return `${head === '' ? '*' : head} ${pipes}`;
}

const PLAIN_FIELD = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
/** Keywords, and the names that stand for the dataset. */
const RESERVED = new Set(
  'and or not to in like has contains startswith matches is by as true false null asc desc index dataset'.split(
    ' ',
  ),
);

/** A field name as the language takes it: bare where that is safe, else in back-ticks. */
export function quoteField(name: string): string {
  if (PLAIN_FIELD.test(name) && !RESERVED.has(name.toLowerCase())) return name;
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text in quotes. Only the quote and the backslash are escaped; a line end stands for itself. */
export function quoteText(text: string): string {
  return `"${text.replace(/[\\"]/g, '\\$&')}"`;
}

/** The condition that holds exactly for events whose `field` is `value` (absent, if null). */
export function clause(field: string, value: FieldValue, mode: Mode): string {
  const name = quoteField(field);
  if (value === null) return mode === 'include' ? `-${name}:*` : `${name}:*`;
  const literal = typeof value === 'string' ? quoteText(value) : String(value);
  return `${mode === 'include' ? '' : '-'}${name}=${literal}`;
}

/** Adds a condition to the head; one that is there stays once, its opposite is replaced. */
export function addClause(query: string, field: string, value: FieldValue, mode: Mode): string {
  const wanted = clause(field, value, mode);
  const opposite = clause(field, value, mode === 'include' ? 'exclude' : 'include');
  const { head, pipes } = splitQuery(query);
  const without = removeFromHead(removeFromHead(head, opposite), wanted);
  return joinQuery({ head: appendToHead(without, wanted), pipes });
}

/** Whether the head holds this condition as a clause of its own. */
export function hasClause(query: string, field: string, value: FieldValue, mode: Mode): boolean {
  return findClause(splitQuery(query).head, clause(field, value, mode)) >= 0;
}

export function removeClause(query: string, field: string, value: FieldValue, mode: Mode): string {
  const { head, pipes } = splitQuery(query);
  return joinQuery({ head: removeFromHead(head, clause(field, value, mode)), pipes });
}

function appendToHead(head: string, added: string): string {
  if (head === '' || head === '*') return added;
  return `${hasTopLevelOr(head) ? `(${head})` : head} ${added}`;
}

function hasTopLevelOr(head: string): boolean {
  let depth = 0;
  for (const token of tokenize(head)) {
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
    if (depth === 0 && token.kind === 'keyword' && /^(or|\|\|)$/i.test(token.text)) return true;
  }
  return false;
}

function removeFromHead(head: string, removed: string): string {
  const at = findClause(head, removed);
  if (at < 0) return head;
  const before = head.slice(0, at).replace(/(\s+AND)?\s*$/i, '');
  const after = head.slice(at + removed.length).replace(/^\s*(AND\s+)?/i, '');
  return [before, after].filter((part) => part !== '').join(' ');
}

/** Where `wanted` stands in `head` as a whole clause outside parentheses and beside no `OR`; else -1. */
function findClause(head: string, wanted: string): number {
  if (hasTopLevelOr(head)) return -1;
  const tokens = tokenize(head);
  let depth = 0;
  for (const [i, token] of tokens.entries()) {
    const previous = tokens[i - 1];
    const startsClause = depth === 0 && (previous === undefined || previous.kind === 'space');
    if (
      startsClause &&
      head.startsWith(wanted, token.start) &&
      endsClause(head, token.start + wanted.length)
    ) {
      return negated(tokens, i) ? -1 : token.start;
    }
    if (token.kind === 'open') depth += 1;
    if (token.kind === 'close') depth -= 1;
  }
  return -1;
}

function endsClause(head: string, at: number): boolean {
  return at === head.length || /\s/.test(head.charAt(at));
}

function negated(tokens: { kind: string; text: string }[], index: number): boolean {
  const before = tokens.slice(0, index).findLast((token) => token.kind !== 'space');
  return before?.kind === 'keyword' && before.text.toLowerCase() === 'not';
}
