import { writeFileSync } from 'node:fs';
import { inFolder } from '../folder';
import { fileOf, requests } from './requests';

export const requestText = (body: object): string => `${JSON.stringify(body, null, 2)}\n`;

/** Writes the files that prepare Elasticsearch from their table; returns their names. */
export function writeRequests(): string[] {
  return Object.entries(requests()).map(([path, body]) => {
    writeFileSync(inFolder('elasticsearch', fileOf(path)), requestText(body));
    return `elasticsearch/${fileOf(path)}`;
  });
}
