import { useText } from '../../i18n/index.ts';
import { ageText } from '../../state/cluster/age.ts';
import { Icon } from '../Icon.tsx';

/** A lag in time; nothing where nobody is late. */
export function LagSeconds({ seconds }: { seconds: number }) {
  const t = useText();
  return seconds === 0 ? <span className="muted">—</span> : ageText(seconds, t);
}

/** Says that a lag grows, to the eye and to a screen reader. */
export function Growing() {
  const t = useText();
  return (
    <span className="badge is-problem" title={t('group.growingHint')}>
      <Icon name="arrowUp" size={12} /> {t('group.growing')}
    </span>
  );
}
