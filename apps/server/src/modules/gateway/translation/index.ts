// Calls to providers that speak another protocol than their callers.
export { openTranslation, type TranslationDeps } from './open-translation.ts';
