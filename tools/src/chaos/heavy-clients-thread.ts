import { parentPort, workerData } from 'node:worker_threads';
import { openLiveSocket, type LiveTarget } from './live-socket';

/** The thread of `HeavyClients`: opens its sockets, stops reading them if it is told to, and says so. */
const { target, count, reads } = workerData as { target: LiveTarget; count: number; reads: boolean };

async function main(): Promise<void> {
  const sockets = await Promise.all(Array.from({ length: count }, () => openLiveSocket(target, 'exports')));
  if (!reads) for (const socket of sockets) socket.pause();
  // A socket that is not read keeps no thread alive; to listen to the parent does.
  parentPort?.on('message', () => undefined);
  parentPort?.postMessage('ready');
}

main().catch((error: unknown) => {
  throw error;
});
