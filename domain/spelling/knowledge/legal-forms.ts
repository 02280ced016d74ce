/**
 * Legal forms of companies, by the countries that use them, as they look after dots are removed.
 *
 * Source: the abbreviations that ISO 20275 (Entity Legal Forms, published by GLEIF) lists per country, a selection by hand of
 * those that stand at the end of company names, plus the written-out English words.
 */
export const legalForms: Readonly<Record<string, readonly string[]>> = {
  // The English words are used all over the world, so they agree with every other form except a foreign one.
  any: [
    'inc', 'incorporated', 'ltd', 'limited', 'co', 'company', 'corp', 'corporation', 'llc', 'llp', 'lp', 'plc',
    'pte ltd', 'pte limited', 'pte', 'pty ltd', 'pty limited', 'pty', 'pvt ltd', 'pvt limited', 'private limited', 'pvt',
    'sdn bhd', 'bhd', 'ltd co', 'co ltd', 'unlimited', 'lllp', 'pllc', 'pc',
  ],
  german: ['gmbh', 'mbh', 'gesmbh', 'ag', 'kg', 'kgaa', 'ohg', 'ug', 'gbr', 'ek', 'gmbh und co kg', 'gmbh & co kg', 'gmbh co kg', 'ag & co kg', 'ag co kg', 'co kg', 'ev', 'eg'],
  romance: ['sa', 'sas', 'sasu', 'sarl', 'sau', 'sl', 'slu', 'sll', 'ltda', 'lda', 'eurl', 'sca', 'scop', 'sa de cv', 'sapi de cv', 's de rl de cv', 'de cv', 'cv', 'eireli', 'me'],
  italian: ['spa', 'srl', 'srls', 'snc', 'sapa', 'scarl'],
  dutch: ['bv', 'nv', 'bvba', 'vof', 'cvba'],
  nordic: ['ab', 'as', 'asa', 'aps', 'a/s', 'oy', 'oyj', 'ab oy', 'oy ab', 'hf', 'ehf', 'ivs'],
  slavic: ['sp zoo', 'sp z o o', 'sp z oo', 'spolka zoo', 'sp j', 'spj', 'sp k', 'spk', 'sro', 'spol sro', 'doo', 'dd', 'ad', 'ood', 'eood', 'ooo', 'oao', 'zao', 'pao', 'jsc', 'cjsc', 'ojsc', 'pjsc', 'tov'],
  baltic: ['uab', 'sia', 'ou', 'oue', 'as'],
  hungarian: ['kft', 'zrt', 'nyrt', 'bt'],
  japanese: ['kk', 'gk', 'kabushiki kaisha', 'godo kaisha'],
  turkish: ['as', 'ltd sti', 'sti', 'anonim sirketi'],
  hellenic: ['ae', 'epe'],
};
