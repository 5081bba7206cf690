/** What to do about a server that can't be reached, by what it or the network says. */

import { messageOf } from '../../../../util/error-message.ts';
import { codeOf } from '../../../refusal.ts';

/**
 * SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html), or Node's names for
 * errors of the system and of TLS (https://nodejs.org/api/errors.html).
 */
const BY_CODE: Readonly<Record<string, string>> = {
  ECONNREFUSED:
    'Check that the server runs, and that it listens at the host and port of the config.',
  ENOENT: 'Check that the server runs, and that its socket is in the folder that the config names.',
  ENOTFOUND: 'Check the name of the host in the config.',
  ETIMEDOUT: 'Check that the host of the config can be reached from here.',
  '28P01': 'Check user and password of the config.',
  '53300': 'Try again when other sessions have ended, or let the server allow more of them.',
  '57P03': 'Try again in a moment: the server is starting, or shutting down.',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'Name the authority of the server’s certificate in driverOptions: { ssl: { ca } }.',
  SELF_SIGNED_CERT_IN_CHAIN:
    'Name the authority of the server’s certificate in driverOptions: { ssl: { ca } }.',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'Use the name of the host that the server’s certificate has, or another certificate.',
};

const ANY =
  'Check that the server runs, and that host, port, user and password are those of the config.';

/** The server asks for rules that it does not find: host, user, database, and encryption or none. */
const NO_RULE = '28000';

export function whatToDo(error: unknown): readonly string[] {
  const message = messageOf(error);
  if (codeOf(error) === NO_RULE && message.includes('no encryption')) {
    return [
      'Encrypt the connection with driverOptions: { ssl: true }, which the server may ask for.',
    ];
  }
  // pg says so in words alone (pg/lib/connection.js).
  if (message.includes('does not support SSL')) {
    return ['Leave out ssl in driverOptions and in the URL, or let the server encrypt.'];
  }
  return [BY_CODE[codeOf(error) ?? ''] ?? ANY];
}
