const CONFIG_EXTENSION = /\.(?:ya?ml|json)$/i;

/** Whether a file of this name may hold objects. What editors leave behind does not end so, or is hidden. */
export function isConfigFile(name: string): boolean {
  return CONFIG_EXTENSION.test(name) && !isHidden(name);
}

/** Hidden entries (and Emacs' `#autosave#`) are nobody's configuration; Kubernetes keeps the bodies of ConfigMap mounts in hidden folders. */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || name.startsWith('#');
}

/** The link that Kubernetes swaps to change all files of a ConfigMap mount at once. */
export function isMountSwap(name: string): boolean {
  return name.startsWith('..data');
}
