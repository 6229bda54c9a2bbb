import { type TextKey, useText } from '../i18n/index.ts';
import { CopyButton } from '../parts/CopyButton.tsx';

interface Recipe {
  title: TextKey;
  note: TextKey;
  command: string;
}

/** Ways to send a first event, with the address this page was loaded from. */
function recipes(origin: string): Recipe[] {
  const { hostname } = new URL(origin);
  return [
    {
      title: 'start.curl',
      note: 'start.curlNote',
      command: `curl -sS ${origin}/api/v1/ingest/web \\\n  -H 'content-type: application/x-ndjson' \\\n  -d '{"level":"info","message":"hello from curl"}'`,
    },
    {
      title: 'start.syslog',
      note: 'start.syslogNote',
      command: `logger --server ${hostname} --port 5514 --tcp --rfc5424 \\\n  "hello from syslog"`,
    },
    {
      title: 'start.import',
      note: 'start.importNote',
      command: 'girok import /var/log/syslog /var/log/nginx/access.log',
    },
    {
      title: 'start.elastic',
      note: 'start.elasticNote',
      command: `output.elasticsearch:\n  hosts: ["${origin}"]`,
    },
  ];
}

/** No event has ever arrived: shows how to send one. The page moves on by itself when it comes. */
export function Onboarding() {
  const t = useText();
  return (
    <main className="start">
      <h1>{t('start.title')}</h1>
      <p>{t('start.text')}</p>
      <div className="start-recipes">
        {recipes(window.location.origin).map(({ title, note, command }) => (
          <section key={title}>
            <header>
              <h2>{t(title)}</h2>
              <CopyButton text={() => command} label={t('start.copy')} caption={t('copy')} />
            </header>
            <p className="muted">{t(note)}</p>
            <pre>{command}</pre>
          </section>
        ))}
      </div>
      <p className="start-waiting" role="status">
        <i className="live-dot" aria-hidden="true" /> {t('start.waiting')}
      </p>
    </main>
  );
}
