import { CONFIGURATION } from './configuration';
import { CONTAINER_RUNNING } from './container-running';
import { CONTAINER_SECURITY } from './container-security';
import { IDENTITY } from './identity';
import { MONITORS } from './monitors';
import { NETWORK } from './network';
import { POD } from './pod';
import type { Rule } from './rule';
import { WORKLOAD } from './workload';

/** Everything that a rendered overlay is held to. */
export const RULES: readonly Rule[] = [...CONTAINER_SECURITY, ...CONTAINER_RUNNING, ...POD, ...WORKLOAD, ...NETWORK, ...IDENTITY, ...CONFIGURATION, ...MONITORS];
