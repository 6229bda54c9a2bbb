import { type ReactNode, useEffect, useRef } from 'react';
import { useText } from '../i18n/index.ts';
import { IconButton } from './IconButton.tsx';

interface Props {
  title: string;
  onClose: () => void;
  children: ReactNode;
}

/** A window over the page; the browser's own dialog keeps the focus inside and closes on Escape. */
export function Dialog({ title, onClose, children }: Props) {
  const t = useText();
  const dialog = useRef<HTMLDialogElement>(null);

  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  return (
    <dialog
      ref={dialog}
      className="dialog"
      aria-label={title}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <header>
        <h2>{title}</h2>
        <IconButton icon="close" label={t('close')} onClick={() => dialog.current?.close()} />
      </header>
      {children}
    </dialog>
  );
}
