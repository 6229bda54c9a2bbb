import { useText } from '../../i18n/index.ts';
import { ErrorNote } from '../../parts/cluster/ErrorNote.tsx';
import { type ClusterPage, useClusterPage } from '../../state/cluster/useClusterPage.ts';
import { Header } from '../Header.tsx';
import { Unreachable } from '../Unreachable.tsx';
import { Brokers } from './Brokers.tsx';
import { Changes } from './Changes.tsx';
import { Charts } from './Charts.tsx';
import { Groups } from './Groups.tsx';
import { Summary } from './Summary.tsx';
import { Topics } from './Topics.tsx';

/** The log for operators: who serves it, what is in it, who reads it and how far behind they are. */
export default function ClusterView() {
  const page = useClusterPage();
  return (
    <>
      <Header />
      <Body page={page} />
      <Changes page={page} />
    </>
  );
}

function Body({ page }: { page: ClusterPage }) {
  const t = useText();
  const { cluster, throughput } = page;
  if (cluster.value === null && cluster.error?.unreachable) return <Unreachable onRetry={page.refresh} />;
  return (
    <main className="cluster">
      <h1 className="visually-hidden">{t('cluster.title')}</h1>
      <Summary page={page} />
      {cluster.error && <ErrorNote error={cluster.error} />}
      {throughput && <Charts throughput={throughput} ownGroups={page.ownGroups} />}
      {cluster.value && <Brokers cluster={cluster.value} />}
      <Topics page={page} />
      <Groups page={page} />
    </main>
  );
}
