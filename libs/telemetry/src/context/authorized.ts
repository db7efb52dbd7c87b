import { createHash, timingSafeEqual } from 'node:crypto';
import { BlockList } from 'node:net';
import { env } from '../config';

/** What this needs to know of a request; Fastify's fits. */
export interface Caller {
  headers: Record<string, string | string[] | undefined>;
  socket: { remoteAddress?: string };
}

const privateNetworks = new BlockList();
for (const [network, bits] of [['127.0.0.0', 8], ['10.0.0.0', 8], ['172.16.0.0', 12], ['192.168.0.0', 16], ['169.254.0.0', 16], ['100.64.0.0', 10]] as const) privateNetworks.addSubnet(network, bits, 'ipv4');
for (const [network, bits] of [['::1', 128], ['fc00::', 7], ['fe80::', 10]] as const) privateNetworks.addSubnet(network, bits, 'ipv6');

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Headers that a proxy adds: with one of them, the private address is the proxy's and the caller may be anybody. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'];

/**
 * May this caller read metrics and the details of health? With OPS_TOKEN set: who sends it as a bearer token.
 * Without: who comes straight from loopback or a private network.
 */
export function isAuthorized({ headers, socket }: Caller): boolean {
  if (env.OPS_TOKEN) return timingSafeEqual(digest(String(headers['authorization'] ?? '')), digest(`Bearer ${env.OPS_TOKEN}`));
  if (FORWARDED.some((name) => headers[name] !== undefined)) return false;
  const address = (socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  return address !== '' && privateNetworks.check(address, address.includes(':') ? 'ipv6' : 'ipv4');
}
