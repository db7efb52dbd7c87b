import { findOrInstall } from '../stack/debian-program';

/** Debian's packages of what evaluates and delivers the alerts; the program of each has its name. */
export const MONITORING_PROGRAMS = ['prometheus', 'prometheus-alertmanager'] as const;

/** Where one of them is; installs it when we are root, without its service, which would listen on every address. */
export const findMonitoringProgram = (name: (typeof MONITORING_PROGRAMS)[number], report?: (line: string) => void): string =>
  findOrInstall({ names: [name], debianPackage: name, how: `alerts are tried on the real one, and only root may install it (Debian: sudo apt-get install ${name})` }, report);
