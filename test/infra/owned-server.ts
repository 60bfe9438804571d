import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server that another process owns. */
export interface OwnedServer {
  owner: ChildProcess;
  /** Of the server */
  pid: number;
}

/** Has a process of its own (server-owner.ts) start a server. */
export function startInOwner(kind: string, folder = ''): Promise<OwnedServer> {
  const script = fileURLToPath(new URL('./server-owner.js', import.meta.url));
  const owner = fork(script, [kind, folder]);
  return new Promise((resolve, reject) => {
    owner.once('message', (message) => resolve({ owner, pid: (message as { pid: number }).pid }));
    owner.once('exit', (code) => reject(new Error(`the owner ended with ${code}`)));
  });
}
