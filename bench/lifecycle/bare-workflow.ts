import { condition, defineUpdate, proxyActivities, setHandler } from '@temporalio/workflow';
import { bareUpdate, type BareMessage } from './bare-names.js';

const { noop } = proxyActivities<{ noop(message: BareMessage): Promise<BareMessage> }>({ startToCloseTimeout: '30s' });

/** The least that carries a decision out durably: one Update, one activity that does nothing. */
export async function bareWorkflow(): Promise<void> {
  setHandler(defineUpdate<BareMessage, [BareMessage]>(bareUpdate), (message) => noop(message));
  await condition(() => false);
}
