/** What the build of an image takes from the environment; what is empty is unset, as a workflow gives a variable that nobody set. */
export const config = {
  /** `docker`, `podman` or `buildah`; unset: the first of them that works. */
  engine: process.env['CONTAINER_ENGINE'] || undefined,
  /** The image that Node.js comes from; releases give it with its digest. */
  nodeImage: process.env['NODE_IMAGE'] || 'docker.io/library/node:24-bookworm-slim',
  /** The git revision to say in the image; unset: that of the working tree. */
  revision: process.env['REVISION'] || undefined,
  /** Before the image's name: a registry and an organisation. */
  prefix: process.env['IMAGE_PREFIX'] || 'shadower',
};
