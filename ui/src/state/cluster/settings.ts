/** From what is typed about a topic's settings to what is sent. */
import type { Setting, TopicChange } from '../../api/clusterTypes.ts';

interface Typed {
  name: string;
  value: string;
}

/** The settings of a new topic; lines without a name or a value say nothing. */
export function newSettings(typed: Typed[]): Record<string, string> {
  const said = typed.filter(({ name, value }) => name.trim() !== '' && value.trim() !== '');
  return Object.fromEntries(said.map(({ name, value }) => [name.trim(), value.trim()]));
}

/** Only what differs from what the topic has: a line that was emptied or taken out goes back to the default. */
export function changedSettings(before: Setting[], typed: Typed[]): TopicChange['settings'] {
  const wanted = newSettings(typed);
  const own = before.filter((setting) => !setting.default);
  const dropped = own.filter(({ name }) => !(name in wanted)).map(({ name }) => [name, null]);
  const had = new Map(own.map(({ name, value }) => [name, value]));
  const set = Object.entries(wanted).filter(([name, value]) => had.get(name) !== value);
  return Object.fromEntries([...dropped, ...set]);
}

/** A whole number from 1 on; undefined where nothing was typed, null where it is none. */
export function countOf(text: string): number | undefined | null {
  if (text.trim() === '') return undefined;
  return /^[1-9]\d*$/.test(text.trim()) ? Number(text.trim()) : null;
}
