/** Where programs are looked for. */
export const searchPath = process.env['PATH'] ?? '';

/** The environment that programs inherit which need more than a PATH: proxies, certificates, locale. */
export const inherited: NodeJS.ProcessEnv = process.env;
