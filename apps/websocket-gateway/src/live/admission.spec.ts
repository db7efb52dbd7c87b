import type { IncomingMessage } from 'node:http';
import { checkUpgrade, credentialsOf } from './admission';

const JWT = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.c2ln';
const request = (url: string, headers: IncomingMessage['headers'] = {}): IncomingMessage =>
  ({ url, headers: { host: 'gateway:8002', 'sec-websocket-protocol': 'shadower.v1', ...headers } }) as IncomingMessage;
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return 'none';
};

describe('admission', () => {
  it.each([
    ['/live', {}, [], 'none'],
    ['/live?ticket=t', { origin: 'http://gateway:8002' }, [], 'none'],
    ['/live', { origin: 'https://app.example' }, ['https://app.example'], 'none'],
    ['/live', { origin: 'https://any.example' }, ['*'], 'none'],
    ['/live', { 'sec-websocket-protocol': 'other, shadower.v1' }, [], 'none'],
    ['/live', { origin: 'https://evil.example' }, ['https://app.example'], 'forbidden'],
    ['/live', { origin: 'https://app.example.evil.example' }, ['https://app.example'], 'forbidden'],
    ['/live', { origin: 'null' }, [], 'forbidden'],
    ['/live', { origin: '' }, [], 'forbidden'],
    ['/live', { 'sec-websocket-protocol': 'graphql-ws' }, [], 'bad_request'],
    ['/live', { 'sec-websocket-protocol': undefined }, [], 'bad_request'],
    ['/other', {}, [], 'not_found'],
    ['/live/', {}, [], 'not_found'],
    ['//live', {}, [], 'not_found'],
    [':99999999/live', {}, [], 'bad_request'],
  ])('%s with %j and allowed origins %j: %s', (url, headers, origins, code) => {
    expect(refusal(() => checkUpgrade(request(url, headers), origins))).toBe(code);
  });

  it('reads a ticket, or a header and a workspace', () => {
    expect(credentialsOf(request('/live?ticket=abc'))).toEqual({ ticket: 'abc' });
    expect(credentialsOf(request('/live?workspace=acme', { authorization: 'Bearer x' }))).toEqual({ authorization: 'Bearer x', workspaceId: 'acme' });
  });

  it.each([
    ['/live', {}, 'unauthorized'],
    ['/live?ticket=', {}, 'unauthorized'],
    ['/live', { authorization: 'Bearer x' }, 'bad_request'],
    [`/live?token=${JWT}`, {}, 'unauthorized'],
    [`/live?ticket=abc&access_token=opaque`, {}, 'unauthorized'],
    [`/live?ticket=${JWT}`, {}, 'unauthorized'],
    [`/live?workspace=acme&x=${JWT}`, { authorization: `Bearer ${JWT}` }, 'unauthorized'],
  ])('refuses %s with %j: %s', (url, headers, code) => {
    expect(refusal(() => credentialsOf(request(url, headers)))).toBe(code);
  });
});
