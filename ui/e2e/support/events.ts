/** A small, fixed set of events of the last half hour: 40 with a level and a service, three that stand out. */

export interface TestEvent {
  '@timestamp': string;
  level: string;
  service: string;
  message: string;
  [field: string]: unknown;
}

const MINUTE_MS = 60_000;

export function events(now: number): TestEvent[] {
  const plain = Array.from({ length: 40 }, (_, i) => event(now - (i % 30) * MINUTE_MS - 5_000, i));
  return [
    ...plain,
    {
      ...event(now - 3 * MINUTE_MS, 40),
      level: 'error',
      message: 'connection timeout to payment "gateway" C:\\pay',
    },
    { ...event(now - 4 * MINUTE_MS, 41), level: 'error', message: '결제 승인 실패: 카드사 응답 시간 초과' },
    { ...event(now - 5 * MINUTE_MS, 42), 'odd-name': 'a "quoted" \\ value', message: 'with an odd field' },
  ];
}

function event(millis: number, i: number): TestEvent {
  return {
    '@timestamp': new Date(millis).toISOString(),
    level: i % 4 === 0 ? 'warn' : 'info',
    service: i % 2 === 0 ? 'shop' : 'search',
    message: `request ${i} served`,
    status: i % 10 === 0 ? 500 : 200,
    duration_ms: i * 1.5,
  };
}
