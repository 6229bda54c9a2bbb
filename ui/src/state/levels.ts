/** Levels as senders write them, brought to the few kinds that have a colour. */
import type { Row } from '../api/types.ts';

export const LEVEL_KINDS = [
  'fatal',
  'error',
  'warn',
  'notice',
  'info',
  'debug',
  'trace',
  'none',
  'other',
] as const;
export type LevelKind = (typeof LEVEL_KINDS)[number];

/** The fields that may hold an event's level, the canonical one first. */
const LEVEL_FIELDS = [
  'log.level',
  'level',
  'severity',
  'lvl',
  'loglevel',
  'levelname',
  'severity_text',
  'log_level',
  'log.syslog.severity.name',
];

const KINDS: Record<string, LevelKind> = {
  '': 'none',
  '–': 'none',
  ...all('fatal', 'fatal f critical crit alert emerg emergency panic 60'),
  ...all('error', 'error err e severe failure 50'),
  ...all('warn', 'warn warning w 40'),
  ...all('notice', 'notice'),
  ...all('info', 'info information informational i 30'),
  ...all('debug', 'debug d fine 20'),
  ...all('trace', 'trace t finer finest verbose 10'),
};

function all(kind: LevelKind, names: string): Record<string, LevelKind> {
  return Object.fromEntries(names.split(' ').map((name) => [name, kind]));
}

export function levelKind(level: string): LevelKind {
  return KINDS[level.toLowerCase()] ?? 'other';
}

export function levelOf(row: Row): string {
  for (const name of LEVEL_FIELDS) {
    const value = row[name];
    if (typeof value === 'string' || typeof value === 'number') return String(value);
  }
  return '';
}

/** Orders levels from the gravest to none, so that the gravest lie at the foot of a stack. */
export function compareLevels(a: string, b: string): number {
  return LEVEL_KINDS.indexOf(levelKind(a)) - LEVEL_KINDS.indexOf(levelKind(b)) || a.localeCompare(b);
}
