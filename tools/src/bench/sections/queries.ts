import type { Section } from '../section';
export const queries: Section = { name: 'queries', title: 'x', run: () => Promise.resolve([]) };
