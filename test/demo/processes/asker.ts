/** Asks for a server, says where it is, and waits for its own end. */

import { ServerHost } from '../../../source/demo/server-host-process.ts';

const [, , bin = '', folder = ''] = process.argv;
const host = new ServerHost(folder);
process.stdout.write(await host.ask(({ startServer }) => startServer(bin)));
