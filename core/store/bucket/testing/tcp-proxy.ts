import { connect, createServer, type Server, type Socket } from 'node:net';

/** Between a client and a server of a test: passes everything on while it is open, and can be shut in the middle. */
export class TcpProxy {
  /** Bytes that clients may still send before every connection is cut. */
  private leftBytes = Infinity;
  /** The answer to the next request that holds this is lost. */
  private lost: string | null = null;
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  port = 0;

  private constructor(private readonly target: number) {}

  static async open(target: number): Promise<TcpProxy> {
    const door = new TcpProxy(target);
    await door.open();
    return door;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Again under the port it had. */
  async open(): Promise<void> {
    this.leftBytes = Infinity;
    const server = createServer((client) => this.pass(client));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }

  cutAfter(bytes: number): void {
    this.leftBytes = bytes;
  }

  loseAnswerTo(text: string): void {
    this.lost = text;
  }

  /** Nobody answers under the port any more. */
  async shut(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private pass(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    }
    client.on('close', () => server.destroy());
    server.on('error', () => client.destroy());
    let isLost = false;
    client.on('data', (chunk: Buffer) => {
      if (this.lost !== null && chunk.includes(this.lost)) {
        isLost = true;
        this.lost = null;
      }
      this.leftBytes -= chunk.length;
      if (this.leftBytes > 0) server.write(chunk);
      else void this.shut();
    });
    server.on('data', () => {
      if (isLost) client.destroy();
    });
    // Ends the client's side when the server ends, after the last byte.
    server.pipe(client);
  }
}
