// The floor on Bun: Bun.listen and a canned answer.

import { CannedConnection } from "./canned.ts";
import { PORT, sayWhere } from "./contract.ts";

const listener = Bun.listen<CannedConnection>({
  hostname: "127.0.0.1",
  port: PORT,
  socket: {
    open(socket) {
      socket.data = new CannedConnection();
    },
    data(socket, octets) {
      const answers = socket.data.push(octets);
      if (answers === undefined) return;
      const written = socket.data.closes ? socket.end(answers) : socket.write(answers);
      // Bun keeps nothing of what did not fit. A client that reads its answers never gets here.
      if (written < answers.length) socket.terminate();
    },
  },
});
sayWhere(listener.port);
