import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Keeps places on a server for health checks and for callers with a key. A connection counts as held while it serves a
 * request of an authenticated caller. When all places are taken, the oldest connection that is not held is closed for a new
 * one: connections that send nothing, or slowly, cannot keep others away.
 */
export class Connections {
  /** Connections without a request of an authenticated caller, oldest first. */
  private readonly free = new Set<Socket>();
  private readonly held = new Map<Socket, number>();

  /** @param reserve connections beyond `limit`, which are never held */
  constructor(
    private readonly limit: number,
    private readonly reserve: number,
  ) {}

  watch(server: Server): void {
    server.maxConnections = this.limit + this.reserve;
    server.on('connection', (socket: Socket) => {
      this.free.add(socket);
      socket.once('close', () => {
        this.free.delete(socket);
        this.held.delete(socket);
      });
      // One connection is closed before the last place is taken, because node refuses connections beyond the maximum.
      if (this.free.size + this.held.size < server.maxConnections) return;
      const [oldest] = this.free;
      if (oldest !== undefined && oldest !== socket) oldest.destroy();
    });
  }

  /**
   * Holds the connection for a request.
   * @returns a function that releases it; null when callers hold all connections already
   */
  hold(socket: Socket): (() => void) | null {
    const requests = this.held.get(socket) ?? 0;
    if (requests === 0 && this.held.size >= this.limit) return null;
    this.free.delete(socket);
    this.held.set(socket, requests + 1);
    return () => {
      const left = (this.held.get(socket) ?? 0) - 1;
      if (left > 0) this.held.set(socket, left);
      else if (this.held.delete(socket) && !socket.destroyed) this.free.add(socket);
    };
  }
}
