import type { ReactNode } from 'react';
import { useText } from '../i18n/index.ts';
import type { IconName } from '../parts/Icon.tsx';
import { IconButton } from '../parts/IconButton.tsx';
import { PageLinks } from '../parts/PageLinks.tsx';
import { setPreferences, type Theme, usePreferences } from '../state/preferences.ts';

const NEXT_THEME: Record<Theme, Theme> = { system: 'light', light: 'dark', dark: 'system' };
const THEME_ICONS: Record<Theme, IconName> = { system: 'auto', light: 'sun', dark: 'moon' };

/** The bar at the top: the product, what stands beside it, and the choices of this browser. */
export function Header({ children, onHelp }: { children?: ReactNode; onHelp?: () => void }) {
  const t = useText();
  const { language, theme } = usePreferences();
  return (
    <header className="app-header">
      <a className="brand" href="./" aria-label={t('brand.home')}>
        <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M8 10h16M8 16h11M8 22h6" />
          <circle cx="22.5" cy="22" r="2.6" />
        </svg>
        <span>girok</span>
      </a>
      <PageLinks />
      {children}
      <span className="spring" />
      <button
        type="button"
        className="icon-button"
        lang={language === 'en' ? 'ko' : 'en'}
        onClick={() => setPreferences({ language: language === 'en' ? 'ko' : 'en' })}
      >
        <span>{language === 'en' ? '한국어' : 'English'}</span>
      </button>
      <IconButton
        icon={THEME_ICONS[theme]}
        label={t('theme.label', { theme: t(`theme.${theme}`) })}
        onClick={() => setPreferences({ theme: NEXT_THEME[theme] })}
      />
      {onHelp && <IconButton icon="help" label={t('help.title')} onClick={onHelp} />}
    </header>
  );
}
