// The bare echo on Bun: Bun.listen, reading only while everything read has been written, no protocol.

import { PORT, sayWhere } from "./contract.ts";

interface Rest {
  octets: Uint8Array[];
  ended: boolean;
}

const listener = Bun.listen<Rest>({
  hostname: "127.0.0.1",
  port: PORT,
  allowHalfOpen: true,
  socket: {
    open(socket) {
      socket.data = { octets: [], ended: false };
    },
    data(socket, octets) {
      socket.data.octets.push(octets);
      write(socket);
    },
    drain: write,
    end(socket) {
      socket.data.ended = true;
      write(socket);
    },
  },
});
sayWhere(listener.port);

function write(socket: Bun.Socket<Rest>): void {
  const { octets, ended } = socket.data;
  while (octets.length > 0) {
    const [first] = octets;
    const written = Math.max(0, socket.write(first!));
    if (written < first!.length) {
      octets[0] = first!.subarray(written);
      socket.pause();
      return;
    }
    octets.shift();
  }
  if (ended) socket.end();
  else socket.resume();
}
