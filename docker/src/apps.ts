/** The apps, each an Nx project, an image (`shadower/<name>`) and a Deployment of one name, with the port that it listens on. */
export const APPS = { 'analytics-api': 8000, 'jobs-worker': 8001, 'websocket-gateway': 8002 } as const;

export type App = keyof typeof APPS;
