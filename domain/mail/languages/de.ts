import { soon } from '../soon.js';
import type { Words } from '../words.js';

const section = { sales: 'Vertriebsdaten', accounting: 'Buchhaltungsdaten', msp: 'MSP-Daten' } as const;
const seat = { engineer: 'Onboarding-Techniker', manager: 'Manager', sales_rep: 'Vertrieb' } as const;
const days = (count: number) => (count === 1 ? '1 Tag' : `${count} Tage`);
const inDays = (count: number) => (count === 1 ? '1 Tag' : `${count} Tagen`);

export const de: Words = {
  greeting: (name) => (name ? `Guten Tag ${name},` : 'Guten Tag,'),
  closing: (tenant) => `Gesendet von Client Onboarder für ${tenant}. Antworten an diese Adresse werden nicht gelesen.`,
  section,
  reminders: {
    sales_entry: ({ company, idleDays }) => ({ subject: `Erinnerung: Vertriebsdaten von ${company}`, paragraphs: [`Die Vertriebsdaten von ${company} sind noch nicht fertig; seit ${inDays(idleDays)} ist nichts geschehen.`], action: 'Weitermachen' }),
    accounting_entry: ({ company, idleDays }) => ({ subject: `Erinnerung: Buchhaltungsdaten von ${company}`, paragraphs: [`Die Buchhaltungsdaten von ${company} sind noch nicht vollständig; seit ${inDays(idleDays)} ist nichts geschehen. Was Sie eingegeben haben, bleibt erhalten.`], action: 'Weitermachen' }),
    msp_entry: ({ company, idleDays }) => ({ subject: `Erinnerung: Übergabe von ${company}`, paragraphs: [`Die MSP-Daten von ${company} sind noch nicht vollständig; seit ${inDays(idleDays)} ist nichts geschehen. Was Sie eingegeben haben, bleibt erhalten.`], action: 'Weitermachen' }),
    sales_review: ({ company, idleDays }) => ({ subject: `Erinnerung: Vertriebsdaten von ${company} prüfen`, paragraphs: [`Die Vertriebsdaten von ${company} warten seit ${inDays(idleDays)} auf Ihre Prüfung.`], action: 'Prüfen' }),
    accounting_review: ({ company, idleDays }) => ({ subject: `Erinnerung: Buchhaltungsdaten von ${company} prüfen`, paragraphs: [`Die Buchhaltungsdaten von ${company} warten seit ${inDays(idleDays)} auf Ihre Prüfung.`], action: 'Prüfen' }),
    msp_review: ({ company, idleDays }) => ({ subject: `Erinnerung: MSP-Daten von ${company} prüfen`, paragraphs: [`Die MSP-Daten von ${company} warten seit ${inDays(idleDays)} auf Ihre Prüfung.`], action: 'Prüfen' }),
    escalation: ({ company, idleDays }) => ({ subject: `Kein Fortschritt: ${company}`, paragraphs: [`Beim Onboarding von ${company} ist trotz Erinnerungen seit ${inDays(idleDays)} nichts geschehen. Vielleicht wird Ihre Hilfe gebraucht.`], action: 'Kunden öffnen' }),
  },
  digest: ({ items }) => ({ subject: `${items.length} Onboardings warten auf Sie`, paragraphs: ['Bei diesen ist seit einiger Zeit nichts geschehen:'], items: items.map((item) => `${de.reminders[item.case](item).paragraphs[0]}`) }),
  secretsShown: ({ items, day }) => ({
    subject: 'Geheimnisse Ihrer Kunden wurden angesehen',
    paragraphs: [`Am ${day} haben andere Passwörter oder andere Geheimnisse von Kunden angesehen, für die Sie verantwortlich sind. Die Liste jedes Kunden sagt, wer, welche und wann.`],
    items: items.map(({ company, looks, downloads, people }) => `${company}: ${[...(looks ? [`${looks} ${looks === 1 ? 'Geheimnis' : 'Geheimnisse'} angezeigt`] : []), ...(downloads ? [`${downloads} ${downloads === 1 ? 'Download' : 'Downloads'} mit allen Geheimnissen`] : [])].join(', ')}, von ${people === 1 ? 'einer Person' : `${people} Personen`}`),
  }),
  letters: {
    invitation: ({ tenant, company, section: own, expiresAt, when }) => ({
      subject: own ? `${company}: bitte die ${section[own]} eingeben` : `Ihr Zugang zu Client Onboarder bei ${tenant}`,
      paragraphs: [
        own ? `${tenant} übernimmt die IT von ${company} und bittet Sie um die ${section[own]}. Sie können jederzeit unterbrechen; was Sie eingegeben haben, bleibt erhalten.` : `${tenant} hat für Sie ein Konto in Client Onboarder angelegt.`,
        'Der Link ist nur für Sie bestimmt; bitte geben Sie ihn nicht weiter.',
        ...(expiresAt ? [`Er gilt bis ${when(expiresAt)}.`] : []),
      ],
      action: 'Beginnen',
    }),
    password_reset: ({ expiresAt, when }) => ({ subject: 'Neues Passwort festlegen', paragraphs: ['Jemand, vermutlich Sie, hat ein neues Passwort angefordert. Wenn Sie es nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.', `Der Link gilt bis ${when(expiresAt)}.`], action: 'Neues Passwort festlegen' }),
    sign_in_code: ({ code, expiresAt, when }) => ({ subject: 'Ihr Anmeldecode', paragraphs: ['Mit diesem Code melden Sie sich an. Er gilt einmal, in dem Browser, der ihn angefordert hat.', `Er gilt bis ${when(expiresAt)}. Niemand wird Sie je am Telefon oder per Mail danach fragen.`], code }),
    submitted: ({ company, section: own }) => ({ subject: `Zu prüfen: ${section[own]} von ${company}`, paragraphs: [`Die ${section[own]} von ${company} wurden eingereicht und warten auf Ihre Prüfung.`], action: 'Prüfen' }),
    approved: ({ company, section: own }) => ({ subject: `Freigegeben: ${section[own]} von ${company}`, paragraphs: [`Die ${section[own]} von ${company} wurden freigegeben.`], action: 'Kunden öffnen' }),
    sent_back: ({ company, section: own, reasons }) => ({ subject: `Zurückgegeben: ${section[own]} von ${company}`, paragraphs: [`Die ${section[own]} von ${company} brauchen noch einen Blick.`, reasons === 1 ? 'Der Grund steht an seiner Stelle.' : `Die ${reasons} Gründe stehen an ihren Stellen.`], action: 'Gründe ansehen' }),
    question: ({ company, section: own }) => ({ subject: `Frage zu ${company}`, paragraphs: [`Es gibt eine Frage an Sie zu den ${section[own]} von ${company}.`], action: 'Lesen und antworten' }),
    answered: ({ company, section: own }) => ({ subject: `Antwort zu ${company}`, paragraphs: [`Ihre Frage zu den ${section[own]} von ${company} wurde beantwortet.`], action: 'Antwort lesen' }),
    stuck: ({ company, section: own }) => ({ subject: `Kommt nicht weiter: ${company}`, paragraphs: [`Jemand kommt mit den ${section[own]} von ${company} nicht weiter und sagt, warum.`], action: 'Grund lesen' }),
    export_done: ({ company }) => ({ subject: `Exportiert: ${company}`, paragraphs: [`${company} ist jetzt in IT Glue. Der Link zur Organisation steht auf der Seite des Kunden.`], action: 'Kunden öffnen' }),
    export_blocked: ({ company }) => ({ subject: `Export braucht Sie: ${company}`, paragraphs: [`Der Export von ${company} nach IT Glue hat angehalten und wartet auf einen Menschen. Was schon angelegt ist, bleibt; der Export geht von dort weiter.`], action: 'Ursache ansehen' }),
    key_refused: ({ tenant }) => ({ subject: 'IT Glue lehnt den API-Schlüssel ab', paragraphs: [`IT Glue nimmt den API-Schlüssel von ${tenant} nicht mehr an. Exporte ruhen, bis ein neuer Schlüssel eingetragen ist.`], action: 'Verbindung öffnen' }),
    key_near_lapse: ({ unusedDays }) => ({ subject: 'Der API-Schlüssel von IT Glue verfällt bald', paragraphs: [`Der API-Schlüssel wurde ${days(unusedDays)} lang nicht benutzt. IT Glue lässt einen Schlüssel nach 90 Tagen ohne Benutzung verfallen.`], action: 'Verbindung öffnen' }),
    sweep_report: ({ count }) => ({ subject: 'Client Onboarder hat etwas gefunden, das Sie braucht', paragraphs: [`Die stündliche Prüfung aller Kunden hat ${count === 1 ? 'etwas' : `${count} Dinge`} gefunden, das sie nicht selbst beheben konnte. Was es ist und was zu tun ist, steht dort.`], action: 'Ansehen, was gefunden wurde' }),
    retention_warning: ({ company, secondsLeft, late, purgeAt, end, when }) => ({
      subject: `${company} wird ${soon('de', secondsLeft)} endgültig entfernt`,
      paragraphs: [end === 'retention' ? `Die Ausgangsdaten von ${company} werden am ${when(purgeAt)} endgültig entfernt. Bis dahin können sie heruntergeladen oder das Ende verschoben werden.` : `${company} wurde gelöscht und kann bis ${when(purgeAt)} wiederhergestellt werden. Danach ist alles endgültig fort.`, ...(late ? ['Diese Warnung kommt verspätet: Der Dienst lief nicht, als sie fällig war.'] : [])],
      action: 'Kunden öffnen',
    }),
    assigned: ({ company, as }) => ({ subject: `Sie haben jetzt ${company}`, paragraphs: [`Sie wurden ${company} zugeordnet: ${seat[as]}.`], action: 'Kunden öffnen' }),
    reassigned: ({ company, as }) => ({ subject: `${company} wurde weitergegeben`, paragraphs: [`${company} hat jetzt jemand anderes (${seat[as]}). Für Sie ist nichts mehr zu tun.`] }),
    sign_off_wanted: ({ company }) => ({ subject: `Ihre Abnahme fehlt: ${company}`, paragraphs: [`Alle Teile von ${company} sind freigegeben. Vor dem Export nehmen der zugeordnete Techniker und der zugeordnete Manager ab.`], action: 'Ansehen und abnehmen' }),
    ready: ({ company }) => ({ subject: `Bereit zum Export: ${company}`, paragraphs: [`${company} ist abgenommen und kann nach IT Glue exportiert werden.`], action: 'Kunden öffnen' }),
  },
};
