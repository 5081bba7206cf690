import type { EngineEvents } from '../contract/engine-api.ts';

/** The supervisor's side of the channel; `$` methods of the RPC left out. */
export type Events = {
  [K in keyof EngineEvents]: (
    ...args: Parameters<EngineEvents[K]>
  ) => Promise<Awaited<ReturnType<EngineEvents[K]>>>;
};
