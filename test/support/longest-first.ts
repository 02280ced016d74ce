import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Folders and files that take a minute or more, longest first. */
const long = ['test/faults/', 'test/canary/', 'test/system/', 'test/activities/export-faults', 'test/workflows/client-lifecycle', 'test/local/stack.'];

/** Begins with the files that take longest, so that at the end no worker waits for one of them. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.sort((one, other) => rank(one) - rank(other));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const index = long.findIndex((part) => moduleId.includes(part));
  return index === -1 ? long.length : index;
}
