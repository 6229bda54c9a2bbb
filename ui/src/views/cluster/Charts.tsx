import { useMemo, useState } from 'react';
import type { Measure, Throughput } from '../../api/clusterTypes.ts';
import { formatBytes, formatCompact, useText } from '../../i18n/index.ts';
import { LinesPanel } from '../../parts/LinesPanel.tsx';
import { lagLines, MEASURES, throughputLines } from '../../state/cluster/series.ts';
import { usePreferences } from '../../state/preferences.ts';

interface Props {
  throughput: Throughput;
  ownGroups: ReadonlySet<string>;
}

/** The last quarter of an hour: what goes in and out by topic, and how far behind the groups are. */
export function Charts({ throughput, ownGroups }: Props) {
  const t = useText();
  const { language } = usePreferences();
  const [measure, setMeasure] = useState<Measure>('records_in_per_second');
  const rates = useMemo(() => throughputLines(throughput, measure), [throughput, measure]);
  const lags = useMemo(() => lagLines(throughput, ownGroups), [throughput, ownGroups]);
  const countText = useMemo(() => (value: number) => formatCompact(language, value), [language]);
  const rateText = useMemo(
    () => (value: number) =>
      measure.startsWith('bytes')
        ? `${formatBytes(language, value)}/s`
        : `${formatCompact(language, value)}/s`,
    [language, measure],
  );
  return (
    <div className="cluster-charts">
      <LinesPanel
        title={t('cluster.throughput')}
        lines={rates}
        valueText={rateText}
        emptyText={t('cluster.noThroughput')}
      >
        <select
          aria-label={t('cluster.measure')}
          value={measure}
          onChange={(event) => setMeasure(event.target.value as Measure)}
        >
          {MEASURES.map((one) => (
            <option key={one} value={one}>
              {t(`measure.${one}`)}
            </option>
          ))}
        </select>
      </LinesPanel>
      <LinesPanel
        title={t('cluster.lag')}
        lines={lags}
        valueText={countText}
        emptyText={t('cluster.noLag')}
      />
    </div>
  );
}
