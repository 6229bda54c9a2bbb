/** From what is chosen and typed about a reset to what is sent. */
import type { ResetTarget } from '../../api/clusterTypes.ts';
import { parseDuration, parseInstant, type Zone } from '../time/instant.ts';

export type TargetKind = 'earliest' | 'latest' | 'offset' | 'time' | 'duration';

export const TARGETS: TargetKind[] = ['earliest', 'latest', 'offset', 'time', 'duration'];

/** Where to; null while what is typed is not understood. */
export function targetOf(kind: TargetKind, typed: string, zone: Zone, now: number): ResetTarget | null {
  const text = typed.trim();
  switch (kind) {
    case 'earliest':
    case 'latest':
      return kind;
    case 'offset':
      return /^\d{1,15}$/.test(text) ? { offset: Number(text) } : null;
    case 'time': {
      const instant = text === '' ? null : parseInstant(text, zone, now);
      return instant && { time: instant.text };
    }
    case 'duration': {
      const duration = parseDuration(text);
      return duration === null ? null : { time: `now-${duration}` };
    }
  }
}
