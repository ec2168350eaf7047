// The login of development mode, as the documentation shows it.

/** Its address. */
export const DEVELOPMENT_EMAIL = 'admin@localhost';
/** Its password, known to everybody: it is accepted in development mode only. */
export const DEVELOPMENT_PASSWORD = 'admin123';
/** Both together. */
export const developmentLogin = { email: DEVELOPMENT_EMAIL, password: DEVELOPMENT_PASSWORD };
