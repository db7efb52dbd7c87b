/** Debian packages whose binaries check, evaluate and deliver what stands in this folder; their services are never started. */
export const aptPackages = ['prometheus', 'prometheus-alertmanager'] as const;
