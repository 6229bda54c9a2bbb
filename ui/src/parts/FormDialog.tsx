import { type FormEvent, type ReactNode, useState } from 'react';
import { type ApiError, asApiError } from '../api/http.ts';
import { useText } from '../i18n/index.ts';
import { ErrorNote } from './cluster/ErrorNote.tsx';
import { Dialog } from './Dialog.tsx';

interface Props {
  title: string;
  /** What the button that does it says. */
  action: string;
  danger?: boolean;
  /** Whether it can be done as it stands. */
  ready?: boolean;
  /** Does it; what it throws is shown, and the dialog stays. */
  onSubmit: () => Promise<void>;
  onClose: () => void;
  children: ReactNode;
}

/** A change that is to be confirmed: what it needs to know, and what went wrong. */
export function FormDialog({ title, action, danger, ready = true, onSubmit, onClose, children }: Props) {
  const t = useText();
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!ready || busy) return;
    setBusy(true);
    setError(null);
    onSubmit()
      .catch((cause: unknown) => setError(asApiError(cause)))
      .finally(() => setBusy(false));
  };

  return (
    <Dialog title={title} onClose={onClose}>
      <form className="form-dialog" onSubmit={submit}>
        {children}
        {error && <ErrorNote error={error} />}
        <footer>
          <button type="button" className="button" onClick={onClose}>
            {t('dialog.cancel')}
          </button>
          <button
            type="submit"
            className={`button ${danger ? 'danger-primary' : 'primary'}`}
            disabled={!ready || busy}
          >
            {action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
