/** In a folder that a server host keeps, with its process id: so what a killed one left can be told. */
export const SERVER_HOST_FILE = '.server-host';
