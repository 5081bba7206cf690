/** Asks for a server, says where it is, and waits for its own end. */

import { Keeper } from '../../../source/demo/server-host-process.ts';

const [, , bin = '', folder = ''] = process.argv;
const keeper = new Keeper(folder);
process.stdout.write(await keeper.ask(({ startServer }) => startServer(bin)));
