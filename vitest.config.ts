import { defineConfig } from 'vitest/config';
import { LastLine } from './tools/reporter.ts';

export default defineConfig({
  test: {
    include: ['{interface,hypervisor,libxc,xend,xm,scenario,config,lab,tools,test}/**/*.test.ts'],
    globalSetup: 'tools/fresh-bundles.ts',
    testTimeout: 120_000,
    reporters: ['default', new LastLine()],
    // Programs that tests start must not colour their output, nor find a xend or state of whoever runs the tests.
    env: { NO_COLOR: '1' },
  },
});
