// The floor on Node: node:net and a canned answer. `noDelay` as every HTTP server sets it.

import { type AddressInfo, createServer } from "node:net";
import { ANSWER, LAST_ANSWER, ONE_REQUEST_EACH, requestsIn, sayWhere } from "./canned.ts";

const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => socket.destroy());
  socket.on("data", (octets) => {
    if (ONE_REQUEST_EACH) {
      socket.end(LAST_ANSWER, "latin1");
      return;
    }
    const requests = requestsIn(octets);
    socket.write(requests === 1 ? ANSWER : ANSWER.repeat(requests), "latin1");
  });
});
server.listen(0, "127.0.0.1", () => sayWhere((server.address() as AddressInfo).port));
