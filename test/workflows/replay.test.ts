import { readdir, readFile } from 'node:fs/promises';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeBundle } from '../../worker/bundle.js';
import { historyConverter } from '../support/history-key.js';

const folder = new URL('../histories/', import.meta.url);
const files = await readdir(folder);

describe('histories of released workflows', () => {
  let workflowBundle: { code: string };

  beforeAll(async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });
    workflowBundle = await makeBundle();
  });

  it('are there for every workflow', () => {
    for (const workflow of ['client-lifecycle', 'it-glue-export', 'export-preview', 'client-download', 'purge', 'mail-dispatch']) {
      expect(files.filter((file) => file.endsWith(`-${workflow}.json`))).not.toEqual([]);
    }
  });

  it.each(files)('%s replays with the workflows of today', async (file) => {
    const history: unknown = JSON.parse(await readFile(new URL(file, folder), 'utf8'));
    await Worker.runReplayHistory({ workflowBundle, dataConverter: historyConverter }, history as never);
  });
});
