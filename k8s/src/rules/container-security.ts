import { appOf, isOurs, isProduction } from '../manifest';
import { INIT_SCRIPTS } from './configuration';
import { containerRule, type Rule } from './rule';

const PLAIN_VALUE = /PASSWORD|SECRET|TOKEN|DSN|_KEY|_URL/;
/** The registry may have a port. */
const IMAGE = /^[a-z0-9][a-z0-9._-]*(:\d+(?=\/))?[a-z0-9/._-]*:[A-Za-z0-9_][A-Za-z0-9_.-]*(@sha256:[0-9a-f]{64})?$/;

/** What one container may do, and what it is made of. */
export const CONTAINER_SECURITY: readonly Rule[] = [
  containerRule('no-privilege-escalation', 'trivy KSV001, polaris privilegeEscalationAllowed, restricted', (c) => c.securityContext?.allowPrivilegeEscalation !== false),
  containerRule('not-privileged', 'trivy KSV017, kube-score container-security-context-privileged, baseline', (c) => c.securityContext?.privileged !== false),
  containerRule('read-only-root', 'trivy KSV014, kube-score container-security-context-readonlyrootfilesystem, kubesec', (c) => c.securityContext?.readOnlyRootFilesystem !== true),
  containerRule('drops-all-capabilities', 'trivy KSV003 and KSV106, polaris insecureCapabilities, restricted', (c) => c.securityContext?.capabilities?.drop?.join() !== 'ALL'),
  containerRule('adds-no-capability', 'trivy KSV022, polaris dangerousCapabilities', (c) => (c.securityContext?.capabilities?.add ?? []).length > 0),
  containerRule('no-own-identity', 'one place says the uid: the pod', (c) => ['runAsUser', 'runAsGroup', 'runAsNonRoot', 'seccompProfile'].some((key) => key in (c.securityContext ?? {}))),
  containerRule('default-proc-mount', 'trivy KSV027', (c) => (c.securityContext?.procMount ?? 'Default') !== 'Default'),
  containerRule('default-mandatory-access-control', 'trivy KSV002 and KSV025', (c) => 'seLinuxOptions' in (c.securityContext ?? {}) || 'appArmorProfile' in (c.securityContext ?? {})),
  containerRule('no-terminal', 'nobody types into a container', (c) => c.stdin === true || c.tty === true),
  containerRule('image-has-version', 'trivy KSV013, polaris tagNotSpecified, kube-score container-image-tag', (c) => !IMAGE.test(c.image ?? '') || /:latest(@|$)/.test(c.image ?? '')),
  containerRule('image-by-digest-in-production', 'a tag can be moved', (c, pod, objects) => isOurs(pod) && isProduction(objects) && !/@sha256:/.test(c.image ?? '')),
  containerRule('image-of-its-workload', 'the image is the Nx project of the same name', (c, pod) => {
    const project = appOf(c.image);
    return isOurs(pod) && project !== (c.name === 'migrate' ? 'analytics-api' : c.name);
  }),
  containerRule('pull-policy', 'kube-score container-image-pull-policy, trivy KSV0020: a pinned image need not be pulled again', (c) => c.imagePullPolicy !== 'IfNotPresent'),
  containerRule('no-secret-in-environment', 'polaris sensitiveContainerEnvVar, kubesec: an environment is inherited and printed; a file is not', (c) => [
    ...(c.env ?? []).filter((e) => e.valueFrom?.secretKeyRef).map((e) => `${e.name} comes from a Secret`),
    ...(c.envFrom ?? []).filter((e) => e.secretRef).map((e) => `all of ${e.secretRef?.name} is in the environment`),
    ...(c.env ?? []).filter((e) => PLAIN_VALUE.test(e.name) && !e.name.endsWith('_FILE')).map((e) => `${e.name} is given as a value`),
  ]),
  containerRule('environment-has-no-duplicates', 'kube-score environment-variable-key-duplication', (c) => new Set((c.env ?? []).map((e) => e.name)).size !== (c.env ?? []).length),
  containerRule('environment-has-values', 'an empty variable is a forgotten one', (c) => (c.env ?? []).filter((e) => !e.value && !e.valueFrom).map((e) => e.name)),
  containerRule('secret-files-exist', 'each *_FILE names a file that a mounted Secret brings', (c, pod) => {
    const files = (c.volumeMounts ?? []).flatMap((mount) =>
      (pod.spec.volumes?.find((volume) => volume.name === mount.name)?.secret?.items ?? []).map((item) => `${mount.mountPath}/${item.path}`),
    );
    const wanted = (c.env ?? []).filter((e) => e.name.endsWith('_FILE')).map((e) => e.value ?? '');
    return [...wanted.filter((file) => !files.includes(file)).map((file) => `${file} is mounted by nothing`), ...files.filter((file) => !wanted.includes(file) && !file.startsWith(`${INIT_SCRIPTS}/`)).map((file) => `${file} is read by nothing`)];
  }),
  containerRule('named-after-its-workload', 'log files are named after the container', (c, pod) => c.name !== pod.owner.metadata.name),
  containerRule('ports', 'kube-score, polaris hostPortSet, trivy KSV024 and KSV117: named, unprivileged, none of the node', (c) =>
    (c.ports ?? []).filter((port) => !port.name || port.containerPort < 1024 || port.containerPort > 32767 || port.hostPort !== undefined || port.hostIP !== undefined || port.protocol !== 'TCP').map((port) => String(port.name ?? port.containerPort)),
  ),
  containerRule('port-of-the-environment', 'the process listens where the cluster calls', (c, pod) => {
    const own = c.env?.find((e) => e.name === 'PORT')?.value;
    return isOurs(pod) && (own ?? '') !== String(c.ports?.[0]?.containerPort ?? '');
  }),
  containerRule('listens-on-every-address', 'a probe comes from outside the container', (c, pod) => isOurs(pod) && (c.ports ?? []).length > 0 && c.env?.find((e) => e.name === 'HOST')?.value !== '0.0.0.0'),
];
