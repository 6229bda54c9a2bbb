import { useEffect, useState } from 'react';
import { useText } from '../i18n/index.ts';
import { Icon } from './Icon.tsx';

interface Props {
  /** What is copied, made when the button is pressed. */
  text: () => string;
  label: string;
  /** Shown beside the icon, if given. */
  caption?: string;
  icon?: 'copy' | 'link';
  tabIndex?: number;
}

const THANKS_MS = 1_500;

/** Copies a text and says so for a moment. */
export function CopyButton({ text, label, caption, icon = 'copy', tabIndex }: Props) {
  const t = useText();
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = () => {
    void copyText(text()).then(() => setCopied(true));
  };

  return (
    <button
      type="button"
      className={`icon-button ${copied ? 'is-done' : ''}`}
      title={label}
      aria-label={caption === undefined ? label : undefined}
      onClick={copy}
      tabIndex={tabIndex}
    >
      <Icon name={copied ? 'check' : icon} />
      {caption !== undefined && <span>{copied ? t('copied') : caption}</span>}
      <span className="visually-hidden" aria-live="polite">
        {copied ? t('copied') : ''}
      </span>
    </button>
  );
}

/** Over plain HTTP browsers close the clipboard; a selected text box still reaches it. */
async function copyText(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const box = document.createElement('textarea');
  box.value = text;
  document.body.append(box);
  box.select();
  document.execCommand('copy');
  box.remove();
}
