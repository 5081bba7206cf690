/** In a folder that a keeper keeps, with its process id: so what a killed one left can be told. */
export const KEEPER_FILE = '.keeper';
