import { expect, it } from 'vitest';
import type { ExportStepName } from '../../activities/index.js';
import { inOrder, type Move, type Order } from '../../activities/export/lanes.js';

/** A run of steps that a test ends by hand. */
async function play(order: Order) {
  const log: string[] = [];
  const under = new Map<ExportStepName, { end: (error?: Error) => void; moved: (move: Move) => void }>();
  const run = (step: ExportStepName, moved: (move: Move) => void) =>
    new Promise<void>((resolve, reject) => {
      log.push(`${step} begins`);
      const end = (error?: Error) => {
        log.push(`${step} ${error ? 'fails' : 'ends'}`);
        under.delete(step);
        if (error) reject(error);
        else resolve();
      };
      under.set(step, { end, moved });
    });
  const done = inOrder(order, run, () => undefined).then(
    () => log.push('all done'),
    (error: Error) => log.push(`thrown: ${error.message}`),
  );
  const step = (name: ExportStepName) => under.get(name) ?? expect.fail(`${name} is not under way; so far: ${log.join(', ')}`);
  await rest();
  return {
    log,
    done,
    settled: (name: ExportStepName) => {
      step(name).moved('settled');
      return rest();
    },
    end: (name: ExportStepName, error?: Error) => {
      step(name).end(error);
      return rest();
    },
  };
}

/** Everything that can go on without a test's doing has gone on. */
const rest = () => new Promise((resolve) => setImmediate(resolve));

it('sends files as soon as devices are there, while others of them are created', async () => {
  const { log, done, settled, end } = await play([[['configuration']], [['attachment']]]);
  await settled('configuration');
  await end('attachment');
  await settled('configuration');
  await end('configuration');
  await end('attachment');
  await end('attachment');
  await done;
  expect(log).toEqual([
    'configuration begins', 'attachment begins', 'attachment ends', 'attachment begins', 'configuration ends', 'attachment ends',
    'attachment begins', 'attachment ends', 'all done',
  ]);
});

it('does not begin a step a second time while it is under way', async () => {
  const { log, settled, end } = await play([[['manufacturer', 'model']]]);
  await settled('manufacturer');
  await settled('manufacturer');
  await settled('manufacturer');
  expect(log).toEqual(['manufacturer begins', 'model begins']);
  await end('model');
  expect(log.slice(2)).toEqual(['model ends', 'model begins']);
  await end('model');
  await end('manufacturer');
  await end('model');
});

it('lets no other step begin before its turn', async () => {
  const { log, settled, end } = await play([[['location', 'contact']], [['configuration']], [['password']]]);
  for (const name of ['location', 'contact', 'configuration'] as const) {
    await settled(name);
    await end(name);
  }
  await end('password');
  expect(log).toEqual(['location', 'contact', 'configuration', 'password'].flatMap((name) => [`${name} begins`, `${name} ends`]).concat('all done'));
});

it('begins nothing out of turn that the order leaves out', async () => {
  const { log, done, settled, end } = await play([[['configuration']], [['password']]]);
  await settled('configuration');
  await end('configuration');
  await end('password');
  await done;
  expect(log).not.toContain('attachment begins');
});

it('waits for the files under way before it says that a device failed', async () => {
  const { log, done, settled, end } = await play([[['configuration']], [['attachment']]]);
  await settled('configuration');
  await end('configuration', new Error('the device'));
  expect(log.at(-1)).toBe('configuration fails');
  await end('attachment');
  await done;
  expect(log.slice(-2)).toEqual(['attachment ends', 'thrown: the device']);
});

it('says that files failed once the devices are through', async () => {
  const { log, done, settled, end } = await play([[['configuration']], [['password'], ['attachment']]]);
  await settled('configuration');
  await end('attachment', new Error('the file'));
  await settled('configuration');
  expect(log.at(-1)).toBe('attachment fails');
  await end('configuration');
  await end('password');
  await done;
  expect(log.slice(-2)).toEqual(['password ends', 'thrown: the file']);
});
