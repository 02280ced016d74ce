import { msToNumber, type Duration } from '@temporalio/common/lib/time.js';
import { expect, it, vi } from 'vitest';

interface Options {
  readonly startToCloseTimeout: Duration;
  readonly heartbeatTimeout?: Duration;
}

const { asked } = vi.hoisted(() => ({ asked: [] as Options[] }));
vi.mock('@temporalio/workflow', async (original) => ({ ...(await original<object>()), proxyActivities: (options: Options) => void asked.push(options) }));

const aMinute = 60_000;

it('the death of a worker is noticed within a minute, whatever it was doing', async () => {
  const proxies = Object.keys(await import('../../workflows/activities.js'));
  expect(proxies).toContain('testActivities');
  expect(asked.length).toBeGreaterThan(10);
  const noticedAfter = (options: Options) => msToNumber(options.heartbeatTimeout ?? options.startToCloseTimeout);
  expect(asked.filter((options) => noticedAfter(options) > aMinute)).toEqual([]);
});
