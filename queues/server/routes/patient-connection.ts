import type { FastifyReply } from 'fastify';

/**
 * Work during which nothing moves on the connection, however long it takes: Node closes an idle one only where nobody
 * listens for that.
 */
export async function patientConnection<Result>(reply: FastifyReply, work: () => Promise<Result>): Promise<Result> {
  const wait = () => undefined;
  reply.raw.on('timeout', wait);
  try {
    return await work();
  } finally {
    reply.raw.off('timeout', wait);
  }
}
