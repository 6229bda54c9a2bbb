import type { EditorView } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { useText } from '../../i18n/index.ts';
import { setUnderline, type Underline } from './colours.ts';
import type { CompletionSource } from './completion.ts';
import { createEditor } from './setup.ts';

interface Props {
  value: string;
  onChange: (text: string) => void;
  /** Runs what stands in the editor now, which may be newer than `value`. */
  onRun: (text: string) => void;
  error: Underline | null;
  source: CompletionSource;
}

/** The query bar's text field. React owns the text; the editor owns cursor, selection and composition. */
export function QueryEditor({ value, onChange, onRun, error, source }: Props) {
  const t = useText();
  const parent = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef({ value, onChange, onRun });
  latest.current = { value, onChange, onRun };
  const label = t('query.label');
  const hint = t('query.placeholder');

  useEffect(() => {
    if (parent.current === null) return;
    const editor = createEditor(parent.current, latest.current.value, {
      label,
      placeholder: hint,
      onChange: (text) => latest.current.onChange(text),
      onRun: () => latest.current.onRun(editor.state.doc.toString()),
      source,
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label, hint, source]);

  useEffect(() => {
    const editor = view.current;
    const text = editor?.state.doc.toString();
    if (!editor || text === undefined || text === value) return;
    editor.dispatch({
      changes: { from: 0, to: text.length, insert: value },
      selection: { anchor: value.length },
    });
  }, [value]);

  useEffect(() => {
    view.current?.dispatch({ effects: setUnderline.of(error) });
  }, [error]);

  return <div className="query-editor" ref={parent} />;
}
