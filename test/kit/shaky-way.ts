/** A way to a server that can break: every connection at once, and as many new ones as a test says. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class ShakyWay implements AsyncDisposable {
  readonly url: string;

  readonly #stop: () => void;
  readonly #sockets: Set<Socket>;
  readonly #refuse: { left: number };

  private constructor(
    url: string,
    sockets: Set<Socket>,
    refuse: { left: number },
    stop: () => void,
  ) {
    this.url = url;
    this.#sockets = sockets;
    this.#refuse = refuse;
    this.#stop = stop;
  }

  /** @param to URL of a server */
  static async to(to: string): Promise<ShakyWay> {
    const url = new URL(to);
    const { port, hostname } = url;
    const sockets = new Set<Socket>();
    const refuse = { left: 0 };
    const server = createServer((socket) => {
      if (refuse.left > 0) {
        refuse.left--;
        socket.destroy();
        return;
      }
      const other = connect(Number(port), hostname);
      for (const each of [socket, other]) {
        sockets.add(each);
        each
          .on('error', () => {})
          .on('close', () => {
            sockets.delete(each);
            socket.destroy();
            other.destroy();
          });
      }
      socket.pipe(other).pipe(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    url.hostname = '127.0.0.1';
    url.port = String((server.address() as AddressInfo).port);
    return new ShakyWay(url.href, sockets, refuse, () => server.close());
  }

  /** Ends every connection, and refuses the next ones. */
  break(connections: number): void {
    this.#refuse.left = connections;
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    this.break(0);
  }
}
