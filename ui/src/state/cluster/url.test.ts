import { expect, test } from 'vitest';
import { pageOf } from '../page.ts';
import { type ClusterState, DEFAULT_CLUSTER, parseCluster, printCluster } from './url.ts';

const FULL: ClusterState = { topic: 'a.b-c', group: '결제 & co=1', internal: true, refresh: false };

test.each([DEFAULT_CLUSTER, FULL])('a state read back from its link is the same (%#)', (state) =>
  expect(parseCluster(printCluster(state))).toEqual(state),
);

test('what is as by default is not in the link', () => {
  expect(printCluster(DEFAULT_CLUSTER)).toBe('');
  expect(printCluster({ ...DEFAULT_CLUSTER, topic: 'web' })).toBe('?topic=web');
});

test('the page is known by the end of its address', () => {
  expect(['/', '/logs/', '/cluster', '/logs/cluster', '/nowhere'].map(pageOf)).toEqual([
    'search',
    'search',
    'cluster',
    'cluster',
    'search',
  ]);
});
