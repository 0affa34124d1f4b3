// The floor on Node: node:net and a canned answer. `noDelay` as every HTTP server sets it.

import { type AddressInfo, createServer } from "node:net";
import { CannedConnection } from "./canned.ts";
import { PORT, sayWhere } from "./contract.ts";

const server = createServer({ noDelay: true }, (socket) => {
  const connection = new CannedConnection();
  socket.on("error", () => socket.destroy());
  socket.on("data", (octets) => {
    const answers = connection.push(octets);
    if (answers === undefined) return;
    if (connection.closes) socket.end(answers, "latin1");
    else socket.write(answers, "latin1");
  });
});
server.listen(PORT, "127.0.0.1", () => sayWhere((server.address() as AddressInfo).port));
