import { z } from 'zod';
import { decide } from '../decisions.js';
import { clientParams, id, instant, reasonText as text, section, sectionParams, stage } from '../schemas/common.js';
import type { Api, ApiDeps } from '../types.js';
import { problems, words } from '../words.js';

const decided = z.object({ decisionId: id, stage }).meta({ id: 'Decided' });
const nothing = z.strictObject({}).nullish();
const oneReason = z.strictObject({ reason: text });
const sendBack = z.strictObject({
  reasons: z
    .array(z.strictObject({ text, page: z.string().max(60).optional(), recordId: id.optional(), field: z.string().max(100).optional() }))
    .min(1, 'must hold at least one reason')
    .max(50, 'must hold at most 50 reasons'),
});
const itGlueId = z.string('must be text').regex(/^\d{1,19}$/, 'must be an id of IT Glue');
const exportStart = z.strictObject({
  previewId: id.describe('The preview that was looked at; it must be of the data as it is.'),
  organizationTypeId: itGlueId.optional(),
  organizationStatusId: itGlueId.optional(),
});

const answers = {
  200: decided,
  ...problems('invalid_request', 'forbidden', 'not_found', 'wrong_stage', 'already_decided', 'invalid', 'no_worker', 'temporal_unavailable'),
};
const reason = (given: string) => [{ text: given }];

/** One route for each decision that a person takes: one Update of the client's workflow. */
export async function decisionRoutes(app: Api, deps: ApiDeps): Promise<void> {
  const inSection = '/clients/:clientId/sections/:section';

  app.post(
    `${inSection}/submit`,
    {
      config: { operation: 'section.submit' },
      schema: {
        ...words('submitSection', 'Decisions', 'Submit a section for review'),
        params: sectionParams,
        body: nothing,
        response: { ...answers, ...problems('incomplete', 'invalid') },
      },
    },
    (request) => decide(deps, request, { action: 'submit', section: request.params.section }),
  );

  app.post(
    `${inSection}/approve`,
    {
      config: { operation: 'section.approve' },
      schema: { ...words('approveSection', 'Decisions', 'Approve a submitted section'), params: sectionParams, body: nothing, response: answers },
    },
    (request) => decide(deps, request, { action: 'approve', section: request.params.section }),
  );

  app.post(
    `${inSection}/send-back`,
    {
      config: { operation: 'section.send_back' },
      schema: {
        ...words('sendBackSection', 'Decisions', 'Send a submitted section back to its owner', 'With reasons, each for the section as a whole, for a page, or for one record or field; a field of a list names its record. Each is shown at its place until that changes or the section comes again.'),
        params: sectionParams,
        body: sendBack,
        response: answers,
      },
    },
    (request) => {
      const reasons = request.body.reasons.map(({ text, page, recordId, field }) => ({ text, ...(page ? { page } : {}), ...(recordId ? { recordId } : {}), ...(field ? { field } : {}) }));
      return decide(deps, request, { action: 'send_back', section: request.params.section, reasons });
    },
  );

  app.post(
    `${inSection}/reset`,
    {
      config: { operation: 'section.reset' },
      schema: {
        ...words('resetSection', 'Decisions', 'Open an approved section again', 'Sections after it must be approved again and sign-offs are withdrawn.'),
        params: sectionParams,
        body: oneReason,
        response: answers,
      },
    },
    (request) => decide(deps, request, { action: 'reset', section: request.params.section, reasons: reason(request.body.reason) }),
  );

  app.post(
    `${inSection}/stand-in`,
    {
      config: { operation: 'section.stand_in' },
      schema: {
        ...words('standIn', 'Decisions', 'Complete the MSP section in the place of the outgoing MSP', 'No review follows; it is recorded as a stand-in.'),
        params: clientParams.extend({ section: section.extract(['msp']) }),
        body: oneReason,
        response: { ...answers, ...problems('incomplete', 'invalid') },
      },
    },
    (request) => decide(deps, request, { action: 'stand_in', section: request.params.section, reasons: reason(request.body.reason) }),
  );

  const standInPage = '/clients/:clientId/sections/:section/pages/:page/stand-in';
  const pageParams = clientParams.extend({ section: section.extract(['msp']), page: z.string().max(60) });

  app.post(
    standInPage,
    {
      config: { operation: 'section.stand_in' },
      schema: {
        ...words('standInForPage', 'Decisions', 'Answer for one page in the place of the outgoing MSP', 'It needs no review. With the last page the section is approved. If the outgoing MSP changes the page after all, it is reviewed.'),
        params: pageParams,
        body: oneReason,
        response: { ...answers, ...problems('incomplete', 'invalid') },
      },
    },
    (request) => decide(deps, request, { action: 'stand_in_page', section: request.params.section, reasons: reason(request.body.reason), facts: { page: request.params.page } }),
  );

  app.delete(
    standInPage,
    {
      config: { operation: 'section.stand_in' },
      schema: { ...words('withdrawStandIn', 'Decisions', 'Take the stand-in for a page back'), params: pageParams, response: answers },
    },
    (request) => decide(deps, request, { action: 'withdraw_stand_in', section: request.params.section, facts: { page: request.params.page } }),
  );

  const plain = [
    ['sign-off', 'sign_off', 'client.sign_off', 'signOff', 'Sign off as the assigned engineer or manager'],
    ['withdraw-sign-off', 'withdraw_sign_off', 'client.sign_off', 'withdrawSignOff', 'Take your sign-off back'],
    ['exports/retry', 'retry_export', 'export.start', 'retryExport', 'Go on with an export that needed a person'],
    ['retention/release', 'release_hold', 'retention.move', 'releaseHold', 'Release a client from its hold; the end is as it was, with time left for a warning'],
    ['purge/confirm', 'confirm_purge', 'retention.move', 'confirmPurge', 'Confirm that a client is removed at once; somebody else asked for it'],
    ['delete', 'delete', 'client.delete', 'deleteClient', 'Delete the client; it can be restored for a time'],
    ['restore', 'restore', 'client.delete', 'restoreClient', 'Restore a deleted client'],
  ] as const;
  for (const [path, action, operation, operationId, summary] of plain) {
    app.post(
      `/clients/:clientId/${path}`,
      { config: { operation }, schema: { ...words(operationId, 'Decisions', summary), params: clientParams, body: nothing, response: answers } },
      (request) => decide(deps, request, { action }),
    );
  }

  app.post(
    '/clients/:clientId/exports',
    {
      config: { operation: 'export.start' },
      schema: {
        ...words('startExport', 'Decisions', 'Export the client as its preview shows', 'A stale preview answers 409 with `changes`: what was added, changed and removed since, and by whom. What must be decided first answers 422 with each of it in `errors`.'),
        params: clientParams,
        body: exportStart,
        response: { ...answers, ...problems('wrong_stage', 'already_decided', 'stale_preview', 'undecided', 'invalid') },
      },
    },
    (request) => {
      const { previewId, organizationTypeId, organizationStatusId } = request.body;
      const facts = { previewId, ...(organizationTypeId ? { organizationTypeId } : {}), ...(organizationStatusId ? { organizationStatusId } : {}) };
      return decide(deps, request, { action: 'start_export', facts });
    },
  );

  const withReason = [
    ['retention/hold', 'hold_retention', 'holdRetention', 'Put a client on hold', 'No timer removes it until it is released.'],
    ['purge', 'ask_purge', 'askPurge', 'Ask for a client to be removed at once', 'A second person confirms within seven days.'],
  ] as const;
  for (const [path, action, operationId, summary, more] of withReason) {
    app.post(
      `/clients/:clientId/${path}`,
      { config: { operation: 'retention.move' }, schema: { ...words(operationId, 'Decisions', summary, more), params: clientParams, body: oneReason, response: answers } },
      (request) => decide(deps, request, { action, reasons: reason(request.body.reason) }),
    );
  }

  app.post(
    '/clients/:clientId/retention',
    {
      config: { operation: 'retention.move' },
      schema: {
        ...words('moveRetention', 'Decisions', 'Move the end of retention', 'To a time in the future, at most ten years ahead. An earlier end than before leaves time for the last warning; to remove a client at once takes two people.'),
        params: clientParams,
        body: z.strictObject({ purgeAt: z.iso.datetime({ offset: true, error: 'must be a time such as 2027-01-31T12:00:00Z' }).pipe(instant) }),
        response: answers,
      },
    },
    (request) => decide(deps, request, { action: 'move_retention', facts: { purgeAt: new Date(request.body.purgeAt).toISOString() } }),
  );
}
