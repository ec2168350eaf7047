// The login of development mode, as the documentation shows it.

/** Known to everybody: the password is accepted in development mode only. */
export const developmentLogin = { email: 'admin@localhost', password: 'admin123' } as const;
