import { expect, test } from 'vitest';
import { xendOn } from './testing/in-process.ts';

test('the page is OpenMetrics: typed families, totals on counters, an end', async () => {
  const { app, host, send } = await xendOn();
  await send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 } });
  await send('POST', '/v1/pools', { name: 'pool1', cpus: { count: 4 } });
  await send('POST', '/v1/domains', { name: 'a"b\\c', pool: 'pool1', memoryMib: 256, cap: 50 });
  host.nowNs = 2e9;
  const response = await app.request('/metrics');
  expect(response.headers.get('content-type')).toBe(
    'application/openmetrics-text; version=1.0.0; charset=utf-8',
  );
  const lines = (await response.text()).split('\n');
  expect(lines.slice(-2)).toEqual(['# EOF', '']);
  expect(lines).toContain('cpu_pools_pool_cpus{pool="pool1"} 4');
  expect(lines).toContain('cpu_pools_pool_memory_used_bytes{pool="pool1",node="0"} 268435456');
  expect(lines).toContain('cpu_pools_domain_cpu_seconds_total{domain="a\\"b\\\\c",id="1",pool="pool1"} 1');
  expect(lines).toContain('cpu_pools_domain_share_percent{domain="a\\"b\\\\c",id="1",pool="pool1"} 50');
  expect(lines).toContain('cpu_pools_domain_entitled_percent{domain="a\\"b\\\\c",id="1",pool="pool1"} 50');
  expect(lines).toContain('cpu_pools_changes_total{outcome="done"} 2');
  expect(lines).toContain('cpu_pools_changes_total{outcome="pool-exists"} 1');
});

test('every sample belongs to the family that was announced before it', async () => {
  const { app } = await xendOn();
  let family = '';
  for (const line of (await (await app.request('/metrics')).text()).trimEnd().split('\n')) {
    const [, announced, type] = /^# TYPE (\S+) (gauge|counter)$/.exec(line) ?? [];
    if (announced !== undefined) family = type === 'counter' ? `${announced}_total` : announced;
    else if (!line.startsWith('#')) expect(line).toMatch(new RegExp(`^${family}(\\{.*\\})? [0-9.e+-]+$`));
  }
});
