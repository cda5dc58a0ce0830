import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CannotStart, systemCode } from './cannot-start';

/** Whether the port can be bound on loopback now. */
export async function portIsFree(port: number): Promise<boolean> {
  try {
    await bindOnce(port);
    return true;
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE' || systemCode(error) === 'EACCES') return false;
    throw error;
  }
}

/**
 * Ports that were free a moment ago, all different. The system hands them out in turn, so another
 * process rarely takes one before its user binds it; who starts a server on one retries with new ports.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) ports.add(await bindOnce(0));
  return [...ports];
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  return port ?? 0;
}

/**
 * @param patienceMs how long an earlier owner that is just being ended may still hold the port.
 * @throws CannotStart when another program listens on a port the user asked for.
 */
export async function demandPort(
  port: number,
  whose: string,
  setting: string,
  patienceMs = 0,
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  do {
    if (await portIsFree(port)) return;
    await pause(100);
  } while (Date.now() < deadline);
  throw new CannotStart(
    `Port ${port} for ${whose} is in use: stop the program that listens on it, or set ${setting} to another port.`,
  );
}

function bindOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      const bound = address !== null && typeof address === 'object' ? address.port : 0;
      server.close(() => resolve(bound));
    });
  });
}
