// What can be recognised in a text: personal numbers and addresses, secrets, words, patterns, attempts to take over a model.
export { createPatternFinder } from './create-pattern-finder.ts';
export { createWordFinder } from './create-word-finder.ts';
export { findNationalIds } from './find-national-ids.ts';
export { findPassports } from './find-passports.ts';
export { findPhones, isRegion } from './find-phones.ts';
export { findSecrets } from './find-secrets.ts';
export { type Match, withoutOverlaps } from './match.ts';
export { findCards, findEmails, findIbans, findIps, findSsns } from './personal.ts';
export { joinMeasures, scoreInjection } from './score-injection.ts';
