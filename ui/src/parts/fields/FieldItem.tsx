import { useState } from 'react';
import type { Scope } from '../../api/client.ts';
import type { FieldType } from '../../api/types.ts';
import { type TextKey, useText } from '../../i18n/index.ts';
import { type FieldEntry, percentText } from '../../state/fieldList.ts';
import { Icon } from '../Icon.tsx';
import { IconButton } from '../IconButton.tsx';
import { useRowActions } from '../list/actions.ts';
import { FieldValues } from './FieldValues.tsx';

interface Props {
  entry: FieldEntry;
  total: number;
  isColumn: boolean;
  scope: Scope;
}

const TYPE_SIGNS: Record<FieldType, string> = { string: 'a', int: '#', float: '.0', bool: '◐', time: '◷' };

/** One field: its name and how many events have it; open, its top values. */
export function FieldItem({ entry: { name, type, facet }, total, isColumn, scope }: Props) {
  const t = useText();
  const { toggleColumn } = useRowActions();
  const [open, setOpen] = useState(false);
  return (
    <li className={`field ${open ? 'is-open' : ''}`}>
      <div className="field-line">
        <button type="button" className="field-name" aria-expanded={open} onClick={() => setOpen(!open)}>
          <Icon name={open ? 'chevronDown' : 'chevronRight'} size={12} />
          <span
            className="field-type"
            title={type === null ? undefined : t(`type.${type}` as TextKey)}
            aria-hidden="true"
          >
            {type === null ? '' : TYPE_SIGNS[type]}
          </span>
          <span className="ellipsis" title={name}>
            {name}
          </span>
        </button>
        <IconButton
          icon="columns"
          className={isColumn ? '' : 'on-hover'}
          label={isColumn ? t('column.remove', { name }) : t('column.add', { name })}
          pressed={isColumn}
          onClick={() => toggleColumn(name)}
        />
        <span
          className="muted field-count"
          title={facet ? t('fields.present', { n: facet.count }) : undefined}
        >
          {facet && total > 0 ? percentText(facet.count, total) : ''}
        </span>
      </div>
      {open && <FieldValues name={name} type={type} facet={facet} scope={scope} />}
    </li>
  );
}
