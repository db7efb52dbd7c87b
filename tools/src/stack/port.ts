import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';

/** 127.0.0.1 only: everything that these tools start listens there. */
const listen = (port: number): Promise<number | undefined> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const { port: bound } = server.address() as { port: number };
      server.close(() => resolve(bound));
    });
  });

/** A port that the operating system chose and that nobody holds at this moment. */
export async function freePort(): Promise<number> {
  const port = await listen(0);
  if (port === undefined) throw new Error('the operating system has no free port on 127.0.0.1');
  return port;
}

/** The wanted port, or another one when it is taken. */
export async function portNear(wanted: number): Promise<number> {
  for (let port = wanted; port < wanted + 100; port += 10) {
    if (await listen(port)) return port;
  }
  return freePort();
}

/** Inodes of the sockets that listen on a port, by Linux's tables. */
function listeningInodes(port: number): Set<string> {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0');
  const rows = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => readFileSync(table, 'utf8').trim().split('\n').slice(1));
  const columns = rows.map((row) => row.trim().split(/\s+/));
  return new Set(columns.filter((column) => column[1]?.endsWith(`:${hexPort}`) && column[3] === '0A').map((column) => column[9] ?? ''));
}

/** Processes and their open files come and go while we look. */
const orNothing = <T>(look: () => T[]): T[] => {
  try {
    return look();
  } catch {
    return [];
  }
};
const inodeOf = (link: string): string => link.replace(/^socket:\[(\d+)]$/, '$1');
const links = (pid: string): string[] =>
  orNothing(() => readdirSync(`/proc/${pid}/fd`)).flatMap((fd) => orNothing(() => [readlinkSync(`/proc/${pid}/fd/${fd}`)]));

/** Whether the process itself listens on the port; undefined where the system does not tell. */
export function listensOn(pid: number, port: number): boolean | undefined {
  try {
    const inodes = listeningInodes(port);
    return links(String(pid)).some((link) => inodes.has(inodeOf(link)));
  } catch {
    return undefined;
  }
}

/** The command line without folders: `node main.js`. */
const commandOf = (pid: string): string => readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).slice(0, 2).map((word) => word.split('/').slice(-4).join('/')).join(' ');

/** Who holds a port, as `command (pid N)`; undefined where the system does not tell. */
export function portHolder(port: number): string | undefined {
  try {
    const inodes = listeningInodes(port);
    const pids = readdirSync('/proc').filter((entry) => /^\d+$/.test(entry));
    const holder = pids.find((pid) => links(pid).some((link) => inodes.has(inodeOf(link))));
    return holder && `${commandOf(holder)} (pid ${holder})`;
  } catch {
    return undefined;
  }
}
