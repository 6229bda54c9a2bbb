/** Colours the query by its tokens, and underlines the place of an error. */
import {
  type EditorState,
  type Extension,
  RangeSetBuilder,
  StateEffect,
  StateField,
} from '@codemirror/state';
import { Decoration, type DecorationSet, EditorView } from '@codemirror/view';
import { type TokenKind, tokenize } from '../../state/language/tokens.ts';

const PLAIN: ReadonlySet<TokenKind> = new Set(['space', 'word']);

function colour(state: EditorState): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const token of tokenize(state.doc.toString())) {
    if (!PLAIN.has(token.kind))
      builder.add(token.start, token.end, Decoration.mark({ class: `tok-${token.kind}` }));
  }
  return builder.finish();
}

const tokenColours = StateField.define<DecorationSet>({
  create: colour,
  update: (old, transaction) => (transaction.docChanged ? colour(transaction.state) : old),
  provide: (field) => EditorView.decorations.from(field),
});

export interface Underline {
  start: number;
  end: number;
}

export const setUnderline = StateEffect.define<Underline | null>();

/** The underline moves with the text while it is edited, until the next check replaces it. */
const errorUnderline = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(old, transaction) {
    const effect = transaction.effects.find((e) => e.is(setUnderline));
    return effect ? underline(effect.value, transaction.state.doc.length) : old.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

function underline(place: Underline | null, length: number): DecorationSet {
  if (place === null) return Decoration.none;
  const start = Math.min(place.start, length);
  const end = Math.min(Math.max(place.end, start + 1), length);
  // Past the last character there is nothing to draw a line under; the caret below the bar shows that place.
  return start < end
    ? Decoration.set(Decoration.mark({ class: 'tok-error' }).range(start, end))
    : Decoration.none;
}

export function colours(): Extension {
  return [tokenColours, errorUnderline];
}
