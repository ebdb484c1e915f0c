declare const __VERSION__: string;

/** Put in by the build; a xend that runs from its sources has none. */
export const version = typeof __VERSION__ === 'undefined' ? '0.0.0-dev' : __VERSION__;
