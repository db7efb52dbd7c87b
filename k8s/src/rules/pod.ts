import { containersOf, isProduction, type Pod } from '../manifest';
import { podRule, type Rule } from './rule';

const ALLOWED_VOLUMES = ['configMap', 'downwardAPI', 'emptyDir', 'ephemeral', 'persistentVolumeClaim', 'projected', 'secret'];
const SPREAD_KEYS = ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'];

const claims = (pod: Pod): string[] => ((pod.owner as { spec?: { volumeClaimTemplates?: { metadata?: { name?: string } }[] } }).spec?.volumeClaimTemplates ?? []).map((claim) => claim.metadata?.name ?? '');
const volumes = (pod: Pod) => pod.spec.volumes ?? [];
const isReplicated = (pod: Pod) => pod.owner.kind === 'Deployment';

/** What holds for a pod as a whole. */
export const POD: readonly Rule[] = [
  podRule('run-as-non-root', 'trivy KSV012, polaris runAsRootAllowed, restricted', (pod) => pod.spec.securityContext?.runAsNonRoot !== true),
  podRule('high-uid', 'trivy KSV020, kube-score container-security-context-user-group-id, kubesec', (pod) => !((pod.spec.securityContext?.runAsUser ?? 0) > 10_000)),
  podRule('high-gid', 'trivy KSV021, kube-score container-security-context-user-group-id', (pod) => !((pod.spec.securityContext?.runAsGroup ?? 0) > 10_000)),
  podRule('group-can-read-volumes', 'mounted secrets belong to fsGroup', (pod) => pod.spec.securityContext?.fsGroup !== pod.spec.securityContext?.runAsGroup || pod.spec.securityContext?.fsGroupChangePolicy !== 'OnRootMismatch'),
  podRule('seccomp-default', 'trivy KSV030 and KSV104, kube-score container-seccomp-profile, restricted', (pod) => pod.spec.securityContext?.seccompProfile?.type !== 'RuntimeDefault'),
  podRule('no-sysctls', 'trivy KSV026', (pod) => (pod.spec.securityContext?.sysctls ?? []).length > 0),
  podRule('no-supplemental-groups', 'trivy KSV116', (pod) => (pod.spec.securityContext?.supplementalGroups ?? []).length > 0),
  podRule('no-host-network', 'trivy KSV009, polaris hostNetworkSet, baseline', (pod) => pod.spec.hostNetwork === true),
  podRule('no-host-pid', 'trivy KSV010, polaris hostPIDSet, baseline', (pod) => pod.spec.hostPID === true || pod.spec.shareProcessNamespace === true),
  podRule('no-host-ipc', 'trivy KSV008, polaris hostIPCSet, baseline', (pod) => pod.spec.hostIPC === true),
  podRule('no-host-aliases', 'trivy KSV007', (pod) => (pod.spec.hostAliases ?? []).length > 0),
  podRule('no-host-path', 'trivy KSV023 and KSV006, baseline', (pod) => volumes(pod).filter((volume) => volume.hostPath).map((volume) => volume.name)),
  podRule('known-volume-types', 'trivy KSV028, restricted', (pod) => volumes(pod).filter((volume) => Object.keys(volume).filter((key) => ALLOWED_VOLUMES.includes(key)).length !== 1 || Object.keys(volume).length !== 2).map((volume) => volume.name)),
  podRule('scratch-space-is-bounded', 'kube-score pod ephemeral storage: an emptyDir without a limit fills the node', (pod) => volumes(pod).filter((volume) => volume.emptyDir && !/^\d+Mi$/.test(volume.emptyDir.sizeLimit ?? '')).map((volume) => volume.name)),
  podRule('secrets-are-not-for-the-world', 'mode 0440: the pod’s group reads, nobody writes', (pod) => volumes(pod).filter((volume) => volume.secret && volume.secret.defaultMode !== 0o440).map((volume) => volume.name)),
  podRule('secrets-by-name', 'a pod sees the keys that it reads, not the whole Secret', (pod) => volumes(pod).filter((volume) => volume.secret && !volume.secret.items?.length).map((volume) => volume.name)),
  podRule('secret-files-keep-their-key', 'one name for one secret', (pod) => volumes(pod).flatMap((volume) => (volume.secret?.items ?? []).filter((item) => item.key !== item.path).map((item) => item.key))),
  podRule('volumes-are-mounted', 'every mount has its volume, and the reverse', (pod) => {
    const mounted = containersOf(pod).flatMap((container) => (container.volumeMounts ?? []).map((mount) => mount.name));
    const offered = [...volumes(pod).map((volume) => volume.name), ...claims(pod)];
    return [...mounted.filter((name) => !offered.includes(name)), ...offered.filter((name) => !mounted.includes(name))];
  }),
  podRule('mounts', 'absolute, once each; secrets and configuration are read-only; /tmp is there to write', (pod) =>
    containersOf(pod).flatMap((container) => {
      const mounts = container.volumeMounts ?? [];
      const given = volumes(pod).filter((volume) => volume.secret || volume.configMap || volume.hostPath).map((volume) => volume.name);
      const wrong = mounts.filter((mount) => !/^\/[a-z]/.test(mount.mountPath) || given.includes(mount.name) !== (mount.readOnly === true) || mount.mountPropagation !== undefined);
      const twice = new Set(mounts.map((mount) => mount.mountPath)).size !== mounts.length;
      return [...wrong.map((mount) => mount.mountPath), ...(twice ? ['a path twice'] : []), ...(mounts.some((mount) => mount.mountPath === '/tmp' && mount.name === 'tmp') ? [] : ['no /tmp'])];
    }),
  ),
  podRule('no-token', 'trivy KSV036, polaris automountServiceAccountToken, kubesec', (pod) => pod.spec.automountServiceAccountToken !== false),
  podRule('no-service-links', 'kube-score pod-topology: a Service must not become an environment variable', (pod) => pod.spec.enableServiceLinks !== false),
  podRule('own-service-account', 'kubesec ServiceAccountName, polaris: nobody shares an identity', (pod) => pod.spec.serviceAccountName !== pod.owner.metadata.name),
  podRule('restart-policy', 'a Job reports its failure; the rest comes back', (pod) => (pod.spec.restartPolicy ?? 'Always') !== (pod.owner.kind === 'Job' ? 'Never' : 'Always')),
  podRule('spread', 'kube-score deployment-has-host-podantiaffinity, polaris topologySpreadConstraint', (pod) => {
    const spread = pod.spec.topologySpreadConstraints ?? [];
    if (!isReplicated(pod)) return spread.length > 0;
    const right = spread.filter((one) => one.maxSkew === 1 && one.labelSelector?.matchLabels?.['app.kubernetes.io/name'] === pod.owner.metadata.name);
    return right.length !== spread.length || right.map((one) => one.topologyKey).join() !== SPREAD_KEYS.join();
  }),
  podRule('zones-in-production', 'a lost zone takes a third; a busy node must not keep a pod from starting', (pod, objects) =>
    isReplicated(pod) && pod.spec.topologySpreadConstraints?.map((one) => one.whenUnsatisfiable).join() !== `${isProduction(objects) ? 'DoNotSchedule' : 'ScheduleAnyway'},ScheduleAnyway`,
  ),
  podRule('lost-zones-do-not-count', 'the pods of a lost zone come back in the others at once', (pod, objects) =>
    isReplicated(pod) && pod.spec.topologySpreadConstraints?.map((one) => one.nodeTaintsPolicy).join() !== (isProduction(objects) ? 'Honor,' : ','),
  ),
  podRule('labels', 'the recommended labels', (pod) => pod.labels['app.kubernetes.io/name'] !== pod.owner.metadata.name || !/^(api|worker|gateway|migration|data-store|telemetry)$/.test(pod.labels['app.kubernetes.io/component'] ?? '')),
];
