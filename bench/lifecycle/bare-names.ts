/** What the bare worker and its caller must agree on. */
export const bareQueue = 'bare';
export const bareUpdate = 'decide';
export const bareWorkflowName = 'bareWorkflow';

export interface BareMessage {
  readonly decisionId: string;
}
