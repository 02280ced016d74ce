import { defineSearchAttributeKey } from '@temporalio/common';

/** Typed keys of `contract.searchAttributes`. In clear on the server: stages, dates and ids only. */
export const attribute = {
  ClientStage: defineSearchAttributeKey('ClientStage', 'KEYWORD'),
  TenantId: defineSearchAttributeKey('TenantId', 'KEYWORD'),
  PurgeAt: defineSearchAttributeKey('PurgeAt', 'DATETIME'),
  NeedsAttention: defineSearchAttributeKey('NeedsAttention', 'BOOL'),
} as const;
