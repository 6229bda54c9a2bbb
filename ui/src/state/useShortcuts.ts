/** Keys that work anywhere on the page, except while something is being typed. */
import { useEffect, useRef } from 'react';

export type Shortcuts = Partial<Record<'/' | '?' | 'j' | 'k' | 'l' | 'escape' | 'run', () => void>>;

export function useShortcuts(shortcuts: Shortcuts): void {
  const latest = useRef(shortcuts);
  latest.current = shortcuts;

  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const name = nameOf(event);
      const action = name === null ? undefined : latest.current[name];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
}

function nameOf(event: KeyboardEvent): keyof Shortcuts | null {
  if (event.defaultPrevented || event.isComposing) return null;
  if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') return 'run';
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === 'Escape') return 'escape';
  if (isTyping(event.target)) return null;
  return ['/', '?', 'j', 'k', 'l'].includes(event.key) ? (event.key as keyof Shortcuts) : null;
}

function isTyping(target: EventTarget | null): boolean {
  const element = target as HTMLElement | null;
  return element?.isContentEditable === true || /^(INPUT|TEXTAREA|SELECT)$/.test(element?.tagName ?? '');
}
