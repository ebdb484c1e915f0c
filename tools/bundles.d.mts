export function buildBundles(): Promise<void>;
