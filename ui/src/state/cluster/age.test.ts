import { expect, test } from 'vitest';
import { translate } from '../../i18n/index.ts';
import { ageText } from './age.ts';

test.each([
  [0.05, '0.1 s', '0.1초'],
  [59, '59 s', '59초'],
  [119, '119 s', '119초'],
  [150, '2.5 min', '2.5분'],
  [7_200, '2 h', '2시간'],
  [200_000, '2.3 days', '2.3일'],
])('%d seconds are said as people say them', (seconds, en, ko) => {
  expect(ageText(seconds, (key, values) => translate('en', key, values))).toBe(en);
  expect(ageText(seconds, (key, values) => translate('ko', key, values))).toBe(ko);
});
