import { isIP } from 'node:net';

/** Where an application listens: on the address that HOST gives, else on loopback. Some shells export the machine's name as HOST; that is not meant. */
export const listenAddress = ({ HOST = '' }: NodeJS.ProcessEnv): string => (isIP(HOST) ? HOST : '127.0.0.1');
