/** Asks for a server, says where it is, and waits for its own end. */

import { PostgresServer } from '../../../source/demo/postgresql-server.ts';

const [, , bin = '', folder = ''] = process.argv;
const { url } = await PostgresServer.make(bin, folder);
process.stdout.write(url);
