/** Those who read what a command prints, and may be gone before it ends. */

/**
 * Keeps a program going whose output nobody reads any more: `handrail log | head` closes the pipe
 * early, and a terminal may be closed. Neither is an error, and neither must end a run, or
 * change the status of one that ends. Any other error of the streams is thrown.
 */
export function ignoreEpipe(
  streams: readonly Pick<NodeJS.WriteStream, 'isTTY' | 'on'>[] = [process.stdout, process.stderr],
): void {
  for (const stream of streams) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      // What Linux answers for a terminal that is gone; of a file it means a broken disk.
      if (error.code === 'EPIPE' || (error.code === 'EIO' && stream.isTTY)) return;
      throw error;
    });
  }
}
