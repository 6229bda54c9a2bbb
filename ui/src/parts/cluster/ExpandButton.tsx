import { Icon } from '../Icon.tsx';

/** A name that opens what is behind it, and closes it again. */
export function ExpandButton({ open, name, onClick }: { open: boolean; name: string; onClick: () => void }) {
  return (
    <button type="button" className="expand" aria-expanded={open} onClick={onClick}>
      <Icon name={open ? 'chevronDown' : 'chevronRight'} size={13} />
      <span>{name}</span>
    </button>
  );
}
