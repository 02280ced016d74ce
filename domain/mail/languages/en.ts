import { soon } from '../soon.js';
import type { Words } from '../words.js';

const section = { sales: 'sales data', accounting: 'accounting data', msp: 'MSP data' } as const;
const seat = { engineer: 'onboarding engineer', manager: 'manager', sales_rep: 'sales rep' } as const;
const days = (count: number) => (count === 1 ? '1 day' : `${count} days`);

export const en: Words = {
  greeting: (name) => (name ? `Hello ${name},` : 'Hello,'),
  closing: (tenant) => `Sent by Client Onboarder for ${tenant}. Nobody reads answers to this address.`,
  section,
  reminders: {
    sales_entry: ({ company, idleDays }) => ({ subject: `Reminder: sales data of ${company}`, paragraphs: [`The sales data of ${company} is still being entered; nothing has happened for ${days(idleDays)}.`], action: 'Go on' }),
    accounting_entry: ({ company, idleDays }) => ({ subject: `Reminder: accounting data of ${company}`, paragraphs: [`The accounting data of ${company} is not complete yet; nothing has happened for ${days(idleDays)}. What you have entered is kept.`], action: 'Go on' }),
    msp_entry: ({ company, idleDays }) => ({ subject: `Reminder: handover of ${company}`, paragraphs: [`The MSP data of ${company} is not complete yet; nothing has happened for ${days(idleDays)}. What you have entered is kept.`], action: 'Go on' }),
    sales_review: ({ company, idleDays }) => ({ subject: `Reminder: review the sales data of ${company}`, paragraphs: [`The sales data of ${company} has been waiting for your review for ${days(idleDays)}.`], action: 'Review' }),
    accounting_review: ({ company, idleDays }) => ({ subject: `Reminder: review the accounting data of ${company}`, paragraphs: [`The accounting data of ${company} has been waiting for your review for ${days(idleDays)}.`], action: 'Review' }),
    msp_review: ({ company, idleDays }) => ({ subject: `Reminder: review the MSP data of ${company}`, paragraphs: [`The MSP data of ${company} has been waiting for your review for ${days(idleDays)}.`], action: 'Review' }),
    escalation: ({ company, idleDays }) => ({ subject: `No progress: ${company}`, paragraphs: [`The onboarding of ${company} has not moved for ${days(idleDays)}, in spite of reminders. It may need your help.`], action: 'Open the client' }),
  },
  digest: ({ items }) => ({ subject: `${items.length} onboardings wait for you`, paragraphs: ['These have not moved for a while:'], items: items.map((item) => `${en.reminders[item.case](item).paragraphs[0]}`) }),
  secretsShown: ({ items, day }) => ({
    subject: 'Secrets of your clients were seen',
    paragraphs: [`On ${day} others saw passwords or other secrets of clients that you manage. The list of each client tells who, which and when.`],
    items: items.map(({ company, looks, downloads, people }) => `${company}: ${[...(looks ? [`${looks} ${looks === 1 ? 'secret' : 'secrets'} shown`] : []), ...(downloads ? [`${downloads} ${downloads === 1 ? 'download' : 'downloads'} with all secrets`] : [])].join(', ')}, by ${people === 1 ? '1 person' : `${people} people`}`),
  }),
  letters: {
    invitation: ({ tenant, company, section: own, expiresAt, when }) => ({
      subject: own ? `${company}: please enter the ${section[own]}` : `Your access to Client Onboarder at ${tenant}`,
      paragraphs: [
        own ? `${tenant} is taking over the IT of ${company} and asks you for the ${section[own]}. You can stop at any time; what you have entered is kept.` : `${tenant} has set up an account for you in Client Onboarder.`,
        'The link is meant for you alone; please do not pass it on.',
        ...(expiresAt ? [`It holds until ${when(expiresAt)}.`] : []),
      ],
      action: 'Begin',
    }),
    password_reset: ({ expiresAt, when }) => ({ subject: 'Set a new password', paragraphs: ['Somebody, probably you, asked for a new password. If it was not you, do nothing: your password stays as it is.', `The link holds until ${when(expiresAt)}.`], action: 'Set a new password' }),
    sign_in_code: ({ code, expiresAt, when }) => ({ subject: 'Your sign-in code', paragraphs: ['This is your code to sign in. It can be used once, in the browser that asked for it.', `It holds until ${when(expiresAt)}. Nobody will ever ask you for it by phone or mail.`], code }),
    submitted: ({ company, section: own }) => ({ subject: `To review: ${section[own]} of ${company}`, paragraphs: [`The ${section[own]} of ${company} has been submitted and waits for your review.`], action: 'Review' }),
    approved: ({ company, section: own }) => ({ subject: `Approved: ${section[own]} of ${company}`, paragraphs: [`The ${section[own]} of ${company} has been approved.`], action: 'Open the client' }),
    sent_back: ({ company, section: own, reasons }) => ({ subject: `Sent back: ${section[own]} of ${company}`, paragraphs: [`The ${section[own]} of ${company} needs another look.`, reasons === 1 ? 'The reason is shown at its place.' : `The ${reasons} reasons are shown at their places.`], action: 'See why' }),
    question: ({ company, section: own }) => ({ subject: `Question about ${company}`, paragraphs: [`There is a question for you about the ${section[own]} of ${company}.`], action: 'Read and answer' }),
    answered: ({ company, section: own }) => ({ subject: `Answer about ${company}`, paragraphs: [`Your question about the ${section[own]} of ${company} has been answered.`], action: 'Read the answer' }),
    stuck: ({ company, section: own }) => ({ subject: `Stuck: ${company}`, paragraphs: [`Somebody cannot go on with the ${section[own]} of ${company} and says why.`], action: 'Read the reason' }),
    export_done: ({ company }) => ({ subject: `Exported: ${company}`, paragraphs: [`${company} is in IT Glue now. The link to the organization is on the client's page.`], action: 'Open the client' }),
    export_blocked: ({ company }) => ({ subject: `Export needs you: ${company}`, paragraphs: [`The export of ${company} to IT Glue stopped and waits for a person. What was created so far is kept; the export goes on from there.`], action: 'See what is wrong' }),
    key_refused: ({ tenant }) => ({ subject: 'IT Glue refuses the API key', paragraphs: [`IT Glue does not accept the API key of ${tenant} any more. Exports stop until a new key is entered.`], action: 'Open the connection' }),
    key_near_lapse: ({ unusedDays }) => ({ subject: 'The IT Glue API key will lapse soon', paragraphs: [`The API key has not been used for ${days(unusedDays)}. IT Glue lets a key lapse after 90 days without use.`], action: 'Open the connection' }),
    sweep_report: ({ count }) => ({ subject: 'Client Onboarder found something that needs you', paragraphs: [`The hourly check of all clients found ${count === 1 ? 'one thing' : `${count} things`} that it could not put right by itself. What it is and what to do is shown there.`], action: 'See what was found' }),
    retention_warning: ({ company, secondsLeft, late, purgeAt, end, when }) => ({
      subject: `${company} is removed for good ${soon('en', secondsLeft)}`,
      paragraphs: [end === 'retention' ? `The source data of ${company} is removed for good on ${when(purgeAt)}. Until then it can be downloaded, or the end moved.` : `${company} was deleted and can be restored until ${when(purgeAt)}. After that it is gone for good.`, ...(late ? ['This warning comes late: the service was not running when it was due.'] : [])],
      action: 'Open the client',
    }),
    assigned: ({ company, as }) => ({ subject: `You have ${company} now`, paragraphs: [`You were assigned to ${company} as ${seat[as]}.`], action: 'Open the client' }),
    reassigned: ({ company, as }) => ({ subject: `${company} was handed on`, paragraphs: [`Somebody else is the ${seat[as]} of ${company} now. Nothing is left for you to do.`] }),
    sign_off_wanted: ({ company }) => ({ subject: `Your sign-off is wanted: ${company}`, paragraphs: [`All sections of ${company} are approved. Before the export the assigned engineer and the assigned manager sign off.`], action: 'Look and sign off' }),
    ready: ({ company }) => ({ subject: `Ready to export: ${company}`, paragraphs: [`${company} is signed off and can be exported to IT Glue.`], action: 'Open the client' }),
  },
};
