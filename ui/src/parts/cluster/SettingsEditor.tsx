import { useText } from '../../i18n/index.ts';
import { IconButton } from '../IconButton.tsx';

/** A setting as it is typed; an empty value means the log's default. */
export interface TypedSetting {
  /** Tells the lines apart while they are typed. */
  key: number;
  name: string;
  value: string;
}

interface Props {
  settings: TypedSetting[];
  onChange: (settings: TypedSetting[]) => void;
}

const NAMES = [
  'retention.ms',
  'retention.bytes',
  'segment.bytes',
  'segment.ms',
  'durability',
  'cleanup.policy',
];

/** Settings of a topic, a line each: name and value. */
export function SettingsEditor({ settings, onChange }: Props) {
  const t = useText();
  const change = (key: number, part: Partial<TypedSetting>) =>
    onChange(settings.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const next = Math.max(0, ...settings.map((one) => one.key)) + 1;
  return (
    <fieldset className="settings-editor">
      <legend>{t('topic.settings')}</legend>
      <datalist id="setting-names">
        {NAMES.map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      {settings.map((one) => (
        <div key={one.key}>
          <input
            list="setting-names"
            aria-label={t('setting.name')}
            placeholder={t('setting.name')}
            value={one.name}
            onChange={(event) => change(one.key, { name: event.target.value })}
            autoComplete="off"
          />
          <input
            aria-label={t('setting.valueOf', { name: one.name })}
            placeholder={t('setting.default')}
            value={one.value}
            onChange={(event) => change(one.key, { value: event.target.value })}
            autoComplete="off"
          />
          <IconButton
            icon="remove"
            label={t('setting.remove', { name: one.name })}
            onClick={() => onChange(settings.filter(({ key }) => key !== one.key))}
          />
        </div>
      ))}
      <IconButton
        icon="add"
        label={t('setting.add')}
        text={t('setting.add')}
        onClick={() => onChange([...settings, { key: next, name: '', value: '' }])}
      />
    </fieldset>
  );
}
