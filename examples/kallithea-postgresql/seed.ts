/** Fills an empty database: `KALLITHEA_URL=postgresql://… node seed.ts` */

import { seed } from './seed/seed.ts';

const url = process.env.KALLITHEA_URL;
if (!url) throw new Error('Name an empty database in KALLITHEA_URL.');
await seed(url);
