// The bare echo on Node: node:net with its own backpressure, no protocol.

import { type AddressInfo, createServer } from "node:net";
import { PORT, sayWhere } from "./contract.ts";

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.pipe(socket);
});
server.listen(PORT, "127.0.0.1", () => sayWhere((server.address() as AddressInfo).port));
