import { type Container, containersOf, type Manifest, nameOf, type Pod, pods } from '../manifest';

/** One thing that must hold in a rendered overlay. `check` answers what breaks it, a line each. */
export interface Rule {
  id: string;
  /** Whose rule this is: a check of kube-score, polaris, kubesec or trivy (KSV...), Pod Security `restricted`, or this product's own. */
  after: string;
  check(objects: Manifest[]): string[];
}

/** A rule over each pod template. `broken` answers true, or what is wrong. */
export const podRule = (id: string, after: string, broken: (pod: Pod, objects: Manifest[]) => boolean | string[]): Rule => ({
  id,
  after,
  check: (objects) => pods(objects).flatMap((pod) => findings(broken(pod, objects), nameOf(pod.owner))),
});

/** A rule over each container of each pod, init containers included. */
export const containerRule = (id: string, after: string, broken: (container: Container, pod: Pod, objects: Manifest[]) => boolean | string[]): Rule => ({
  id,
  after,
  check: (objects) => pods(objects).flatMap((pod) => containersOf(pod).flatMap((container) => findings(broken(container, pod, objects), `${nameOf(pod.owner)}/${container.name}`))),
});

/** A rule over each object that `pick` finds. */
export const objectRule = <T extends Manifest>(id: string, after: string, pick: (objects: Manifest[]) => T[], broken: (object: T, objects: Manifest[]) => boolean | string[]): Rule => ({
  id,
  after,
  check: (objects) => pick(objects).flatMap((object) => findings(broken(object, objects), nameOf(object))),
});

const findings = (broken: boolean | string[], where: string): string[] => (broken === false ? [] : broken === true ? [where] : broken.map((what) => `${where}: ${what}`));
