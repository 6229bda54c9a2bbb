/** What could come next at the cursor: fields, values of a field, pipes, functions. */
import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import type { FacetValue, Field } from '../../api/types.ts';
import { quoteField, quoteText } from '../../state/language/edit.ts';
import { type Token, tokenize } from '../../state/language/tokens.ts';

/** Where names and values come from. */
export interface CompletionSource {
  fields: () => Field[];
  values: (field: string, prefix: string) => Promise<FacetValue[]>;
}

const PIPES = ['where', 'stats', 'timechart', 'top', 'sort', 'head', 'fields'];
const AGGREGATES = 'count dc sum avg min max median p50 p90 p95 p99 values first last countif any'.split(' ');
const FUNCTIONS =
  'bin if coalesce lower upper length abs round floor ceil cidr isnull tonumber tostring now'.split(' ');
const PIPE_WORDS = [
  'by',
  'as',
  'if',
  'and',
  'or',
  'not',
  'in',
  'like',
  'has',
  'contains',
  'startswith',
  'asc',
  'desc',
];

export function completion(source: CompletionSource) {
  return autocompletion({
    override: [(context) => complete(context, source)],
    selectOnOpen: false,
    defaultKeymap: false,
    icons: false,
    // Proposals never take Enter unasked, so there is no need to wait before they take a key.
    interactionDelay: 0,
  });
}

async function complete(
  context: CompletionContext,
  source: CompletionSource,
): Promise<CompletionResult | null> {
  const before = context.state.doc.sliceString(0, context.pos);
  const tokens = tokenize(before);
  const place = valuePlace(tokens, context.pos);
  if (place !== null) return completeValue(place, source, context);
  const word = wordBefore(tokens, context.pos);
  if (word === null || (word.text === '' && !context.explicit && !opensPipe(tokens))) return null;
  const options = tokens.some((t) => t.kind === 'pipe') ? pipeOptions(tokens, source) : headOptions(source);
  return { from: word.from, options, validFor: /^[\p{L}\p{N}_.@]*$/u };
}

/** The word the cursor stands behind; null inside a string, pattern or comment. */
function wordBefore(tokens: Token[], at: number): { from: number; text: string } | null {
  const last = tokens.at(-1);
  if (last === undefined || !['word', 'field', 'keyword', 'verb', 'function', 'number'].includes(last.kind)) {
    return last && ['string', 'regex', 'comment'].includes(last.kind) ? null : { from: at, text: '' };
  }
  return { from: last.start, text: last.text };
}

function opensPipe(tokens: Token[]): boolean {
  return tokens.findLast((t) => t.kind !== 'space')?.kind === 'pipe';
}

interface ValuePlace {
  field: string;
  from: number;
  prefix: string;
}

/** Whether the cursor stands at a value: behind `field:` or `field=` and what was typed of it. */
function valuePlace(tokens: Token[], at: number): ValuePlace | null {
  const last = tokens.at(-1);
  const typing = last !== undefined && ['word', 'number', 'string', 'keyword'].includes(last.kind);
  const rest = typing ? tokens.slice(0, -1) : tokens;
  const [field, operator] = rest.slice(-2);
  if (field?.kind !== 'field' || operator?.kind !== 'operator' || !/^(:|!?=|==)$/.test(operator.text))
    return null;
  const from = typing ? last.start : at;
  return {
    field: field.text.replace(/^`|`$/g, ''),
    from,
    prefix: typing ? last.text.replace(/^"|"$/g, '') : '',
  };
}

async function completeValue(
  { field, from, prefix }: ValuePlace,
  source: CompletionSource,
  context: CompletionContext,
): Promise<CompletionResult | null> {
  const values = await source.values(field, prefix).catch(() => []);
  if (context.aborted || values.length === 0) return null;
  const options = values.map(({ value, count }, index): Completion => {
    const label = String(value);
    const plain = typeof value !== 'string' || /^[\p{L}\p{N}_.]+$/u.test(label);
    return {
      label,
      apply: plain ? label : quoteText(label),
      detail: String(count),
      type: 'value',
      boost: -index,
    };
  });
  return { from, options, filter: false };
}

function headOptions(source: CompletionSource): Completion[] {
  const keywords = ['AND', 'OR', 'NOT'].map((label): Completion => ({ label, type: 'keyword', boost: -50 }));
  return [...fieldOptions(source, ':'), ...keywords];
}

function pipeOptions(tokens: Token[], source: CompletionSource): Completion[] {
  const typing = tokens.at(-1)?.kind !== 'space' && tokens.at(-1)?.kind !== 'pipe';
  const rest = typing ? tokens.slice(0, -1) : tokens;
  if (opensPipe(rest)) return PIPES.map((label): Completion => ({ label, type: 'verb', apply: `${label} ` }));
  const verb = rest.findLast((t) => t.kind === 'verb')?.text.toLowerCase() ?? '';
  const calls = verb === 'stats' || verb === 'timechart' ? [...AGGREGATES, ...FUNCTIONS] : FUNCTIONS;
  return [
    ...calls.map(
      (label): Completion => ({ label, type: 'function', apply: `${label}(`, detail: '()', boost: -20 }),
    ),
    ...PIPE_WORDS.map((label): Completion => ({ label, type: 'keyword', boost: -30 })),
    ...fieldOptions(source, ''),
  ];
}

function fieldOptions(source: CompletionSource, suffix: string): Completion[] {
  return source.fields().map(
    ({ name, type, system }): Completion => ({
      label: name,
      apply: `${quoteField(name)}${suffix}`,
      detail: type,
      type: 'field',
      boost: system ? -10 : 0,
    }),
  );
}
