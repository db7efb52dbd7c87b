import { DownloadLinks } from './download-link';

const file = { workspaceId: 'acme', id: '00000000-0000-4000-8000-000000000000' };
const links = new DownloadLinks('a secret of more than thirty-two characters');
const now = Date.parse('2026-01-01T00:00:00Z');

const partsOf = (url: string) => Object.fromEntries(new URL(url, 'http://x').searchParams);
const check = (changes: object = {}, at = now, what = file, by = links) => () => by.check(what, { ...partsOf(links.linkTo(file, now).url), ...changes }, at);

describe('DownloadLinks', () => {
  it('lets its own link through until it ends', () => {
    expect(check()).not.toThrow();
    expect(check({}, now + 899_999)).not.toThrow();
    expect(check({}, now + 900_000)).toThrow(expect.objectContaining({ code: 'gone' }));
  });

  it('refuses every other', () => {
    const forbidden = expect.objectContaining({ code: 'forbidden' });
    expect(check({ until: String(now + 10 * 900_000) })).toThrow(forbidden);
    expect(check({ signature: undefined })).toThrow(forbidden);
    expect(check({ signature: 'x' })).toThrow(forbidden);
    expect(check({ until: undefined })).toThrow(forbidden);
    expect(check({}, now, { ...file, workspaceId: 'other' })).toThrow(forbidden);
    expect(check({}, now, { ...file, id: '00000000-0000-4000-8000-000000000001' })).toThrow(forbidden);
    expect(check({}, now, file, new DownloadLinks('another secret of more than thirty-two characters'))).toThrow(forbidden);
  });
});
