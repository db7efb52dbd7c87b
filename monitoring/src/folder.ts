import { join, resolve } from 'node:path';

/** The folder that holds the files of the stack; the same from `src` and from `dist`. */
export const folder = resolve(__dirname, '..');
export const inFolder = (...parts: string[]): string => join(folder, ...parts);
export const inRepository = (...parts: string[]): string => join(folder, '..', ...parts);
