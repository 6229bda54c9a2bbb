import { Icon, type IconName } from './Icon.tsx';

interface Props {
  icon: IconName;
  /** What it does, for the tooltip and for screen readers. */
  label: string;
  onClick: () => void;
  pressed?: boolean;
  text?: string;
  className?: string;
  tabIndex?: number;
  disabled?: boolean;
}

export function IconButton({
  icon,
  label,
  onClick,
  pressed,
  text,
  className = '',
  tabIndex,
  disabled,
}: Props) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`}
      aria-label={text === undefined ? label : undefined}
      aria-pressed={pressed}
      title={label}
      onClick={onClick}
      tabIndex={tabIndex}
      disabled={disabled}
    >
      <Icon name={icon} />
      {text !== undefined && <span>{text}</span>}
    </button>
  );
}
