/** Every kustomization that somebody would apply; each is held to every rule. */
export const RENDERED = ['overlays/dev', 'overlays/prod', 'overlays/prod-operators'] as const;
