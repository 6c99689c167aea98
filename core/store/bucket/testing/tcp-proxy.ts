import { connect, createServer, type Server, type Socket } from 'node:net';

/** A proxy between a client and a server of a test. It forwards all bytes until it is closed, also in the middle. */
export class TcpProxy {
  /** Bytes that clients may still send before the proxy closes. */
  private remainingBytes = Infinity;
  /** The response to the next request that contains this text is dropped. */
  private dropResponseTo: string | null = null;
  private readonly sockets = new Set<Socket>();
  private server: Server | null = null;
  port = 0;

  private constructor(private readonly target: number) {}

  static async open(target: number): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await proxy.open();
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Opens the proxy, after it was closed again under the same port. */
  async open(): Promise<void> {
    this.remainingBytes = Infinity;
    const server = createServer((client) => this.forward(client));
    this.server = server;
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    const address = server.address();
    if (address !== null && typeof address === 'object') this.port = address.port;
  }

  /** Closes the proxy when clients have sent this many more bytes. */
  closeAfter(bytes: number): void {
    this.remainingBytes = bytes;
  }

  /** Drops the response to the next request that contains `text`. The server still handles the request. */
  loseResponseTo(text: string): void {
    this.dropResponseTo = text;
  }

  /** Closes every connection and refuses new ones. */
  async close(): Promise<void> {
    const { server } = this;
    const closed = new Promise((resolve) => server?.close(resolve));
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }

  private forward(client: Socket): void {
    const server = connect(this.target, '127.0.0.1');
    for (const socket of [client, server]) {
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => this.sockets.delete(socket));
    }
    client.on('close', () => server.destroy());
    server.on('error', () => client.destroy());
    let isDropped = false;
    client.on('data', (chunk: Buffer) => {
      if (this.dropResponseTo !== null && chunk.includes(this.dropResponseTo)) {
        isDropped = true;
        this.dropResponseTo = null;
      }
      this.remainingBytes -= chunk.length;
      if (this.remainingBytes > 0) server.write(chunk);
      else void this.close();
    });
    server.on('data', () => {
      if (isDropped) client.destroy();
    });
    // `pipe` also ends the client's side after the last byte when the server ends.
    server.pipe(client);
  }
}
