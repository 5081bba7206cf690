import type { RawQuery, SchemaObject } from '../dialect.ts';

export async function readCatalogue(
  query: RawQuery,
  except: string,
): Promise<readonly SchemaObject[]> {
  void query;
  void except;
  return [];
}
