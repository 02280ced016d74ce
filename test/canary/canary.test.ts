import { beforeAll, describe, expect, it } from 'vitest';
import { runCanary, type CanaryResult } from './run.js';
import { allFields } from './words.js';

describe('unique texts in every field of two clients, through their whole life, crashes and refusals', () => {
  let result: CanaryResult;
  const said: string[] = [];
  // A whole stack is started twice; a busy machine takes its time.
  beforeAll(async () => void (result = await runCanary((line) => said.push(line))), 900_000);

  it('are found where they are meant to be and nowhere else: before the purge, after it, and after a backup was put back', () => {
    expect(result.findings).toEqual([]);
    expect(result.wrong).toEqual([]);
  });

  it('were planted in all fields that can hold one, and searched for in all places', () => {
    expect(allFields.filter((field) => !(field in result.planted) && !(field in result.unplanted))).toEqual([]);
    expect(Object.keys(result.planted).length).toBeGreaterThan(130);
    for (const phase of ['before', 'after', 'restored']) expect(result.places.filter((one) => one.phase === phase).length, phase).toBeGreaterThanOrEqual(19);
    expect(result.crashes.map(({ part }) => part).sort()).toEqual(['api', 'api', 'postgres', 'postgres', 'temporal', 'worker', 'worker']);
  });

  it('cannot be read in a backup from before the purge with the keys that are left, and could with those of its time', () => {
    expect(result.backup.openedWithPresentKeys).toBe(0);
    expect(result.backup.openedWithKeysFromBefore).toBeGreaterThan(100);
  });

  it('do not come back when that backup is restored', () => {
    expect(result.returnedWithBackup).toEqual([]);
  });
});
