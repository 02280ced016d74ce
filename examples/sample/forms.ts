/** What the five forms hold. An invented company; domains of RFC 2606 and 555 numbers only. */
export const domain = 'cascadiadental.example';

export const forms = {
  company: {
    company: 'Cascadia Dental Partners, LLC',
    shortName: 'CDP',
    description: 'Dental group with five clinics in the Pacific Northwest and a laboratory in Görlitz, Germany.',
    notes:
      'Clinics open at 7:00, so maintenance ends at 6:30 & never on a Monday.\nPatient data: HIPAA <and> GDPR (laboratory).\nAsk for "Priya" when Dentrix is down.',
    alert: 'HIPAA client: no remote session without the patient screen locked',
  },
  'sales-contact': {
    // The same person as in the user list, with the mail address in other letters.
    firstName: 'Priya',
    lastName: 'Raghavan',
    email: 'Priya.Raghavan@CascadiaDental.example',
    workPhone: '(503) 555-0110',
    workExt: '101',
  },
  'accounting-contact': {
    firstName: 'Margaret',
    lastName: 'Oyelaran',
    email: 'm.oyelaran@ledgerline.example',
    workPhone: '(503) 555-0177',
    workExt: null,
  },
  accountant: {
    firstName: 'Margaret',
    lastName: 'Oyelaran',
    email: 'M.Oyelaran@ledgerline.example',
    workPhone: '(503) 555-0177',
    workExt: '12',
    mobilePhone: '(971) 555-0134',
    notes: 'Outside bookkeeper (Ledgerline CPAs). Tuesdays and Thursdays at the Portland clinic.',
  },
  'current-msp': {
    company: 'Blue Heron Technology Services, Inc.',
    firstName: 'Tobias',
    lastName: 'Lindqvist',
    email: 'tobias@blueheron.test',
    workPhone: '(503) 555-0190',
    workExt: '3',
    mobilePhone: null,
    notes: 'Contract ends on the last day of the month.\nHand-over calls: Wednesdays, 2 pm.',
  },
} as const;
