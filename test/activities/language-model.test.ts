import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { askLanguageModel } from '../../activities/spelling/language-model.js';

setFlagsFromString('--expose-gc');
const tidyMemory = runInNewContext('gc') as () => void;

it('is waited for no longer than its time, also where memory is tidied up meanwhile', async () => {
  const server = createServer((request) => request.resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const llm = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, model: 'test', apiKey: null, timeoutMs: 500 };
  const row = { recordId: '1', kind: 'make' as const, typed: { manufacturer: 'Sonicwal', model: '' }, suggestion: null, decided: null };
  const tidying = setInterval(tidyMemory, 50);
  try {
    const asked = await askLanguageModel(llm, [row], [{ id: '7', manufacturer: 'SonicWall', model: '' }], new AbortController().signal);
    expect(asked).toEqual({ rows: [row], asked: 1, answered: 0 });
  } finally {
    clearInterval(tidying);
    server.closeAllConnections();
    server.close();
  }
});
