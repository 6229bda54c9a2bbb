/** Puts the query editor together: keys, colours, completion, history of edits. */
import {
  acceptCompletion,
  closeCompletion,
  completionStatus,
  moveCompletionSelection,
  selectedCompletion,
  startCompletion,
} from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { EditorState, type Extension, Prec } from '@codemirror/state';
import { drawSelection, EditorView, type KeyBinding, keymap, placeholder } from '@codemirror/view';
import { colours } from './colours.ts';
import { type CompletionSource, completion } from './completion.ts';
import { enterWhileComposing } from './hangulEnter.ts';

export interface EditorHooks {
  label: string;
  placeholder: string;
  onChange: (text: string) => void;
  onRun: () => void;
  source: CompletionSource;
}

export function createEditor(parent: HTMLElement, text: string, hooks: EditorHooks): EditorView {
  return new EditorView({ parent, state: EditorState.create({ doc: text, extensions: extensions(hooks) }) });
}

function extensions({ label, placeholder: hint, onChange, onRun, source }: EditorHooks): Extension {
  return [
    Prec.highest(keymap.of(queryKeys(onRun))),
    keymap.of([...historyKeymap, ...defaultKeymap]),
    enterWhileComposing(onRun),
    history(),
    drawSelection(),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', autocapitalize: 'off' }),
    placeholder(hint),
    colours(),
    completion(source),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) onChange(update.state.doc.toString());
    }),
  ];
}

function queryKeys(onRun: () => void): KeyBinding[] {
  const run = (view: EditorView) => {
    closeCompletion(view);
    onRun();
    return true;
  };
  return [
    // A proposal is taken by Enter only after it was chosen with the arrow keys.
    {
      key: 'Enter',
      run: (view) => (selectedCompletion(view.state) !== null && acceptCompletion(view)) || run(view),
    },
    { key: 'Mod-Enter', run },
    { key: 'Tab', run: takeProposal },
    { key: 'Ctrl-Space', run: startCompletion },
    { key: 'ArrowDown', run: moveCompletionSelection(true) },
    { key: 'ArrowUp', run: moveCompletionSelection(false) },
    { key: 'Escape', run: closeCompletion },
  ];
}

/** Tab takes the chosen proposal, or the first; with no list open it moves the focus on, as everywhere. */
function takeProposal(view: EditorView): boolean {
  if (completionStatus(view.state) !== 'active') return false;
  if (selectedCompletion(view.state) === null) moveCompletionSelection(true)(view);
  return acceptCompletion(view);
}
