import { type ReactNode, useId } from 'react';

interface Props {
  label: string;
  hint?: string;
  /** Gets the id that belongs to the label. */
  children: (id: string) => ReactNode;
}

/** One line of a form: a label, what is typed, and what to know about it. */
export function Field({ label, hint, children }: Props) {
  const id = useId();
  return (
    <div className="form-field">
      <label htmlFor={id}>{label}</label>
      {children(id)}
      {hint && <small className="muted">{hint}</small>}
    </div>
  );
}
