import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{interface,hypervisor,libxc,xend,xm,scenario,config,tools,test}/**/*.test.ts'],
    testTimeout: 60_000,
  },
});
