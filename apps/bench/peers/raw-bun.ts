// The floor on Bun: Bun.listen and a canned answer.

import { ANSWER, LAST_ANSWER, ONE_REQUEST_EACH, requestsIn, sayWhere } from "./canned.ts";

const listener = Bun.listen({
  hostname: "127.0.0.1",
  port: 0,
  socket: {
    data(socket, octets) {
      if (ONE_REQUEST_EACH) {
        socket.end(LAST_ANSWER);
        return;
      }
      const requests = requestsIn(octets);
      socket.write(requests === 1 ? ANSWER : ANSWER.repeat(requests));
    },
  },
});
sayWhere(listener.port);
