import { describeHost } from '../conformance.ts';
import { openLinux } from './host.ts';

describeHost('linux', async () => {
  const host = await openLinux(() => Number(process.hrtime.bigint()));
  if (!host.ok) throw new Error(JSON.stringify(host.refusal));
  return host.value;
});
