import { describeScheduler } from './conformance.ts';
import { OFFERED } from './create.ts';

for (const name of OFFERED) describeScheduler(name);
