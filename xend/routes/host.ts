import type { Hono } from 'hono';
import openApiDocument from '../../openapi.json' with { type: 'json' };
import { answer } from '../answers.ts';
import { METRICS_TYPE, renderMetrics } from '../metrics.ts';
import { wrong } from '../parse-body.ts';
import type { Xend } from '../xend.ts';
import { changeByBody } from './changes.ts';

export function hostRoutes(app: Hono, xend: Xend): void {
  app.get('/v1/host', async (c) => c.json(await xend.observer.host()));

  app.patch('/v1/cpus/:cpu', (c) => {
    const cpu = c.req.param('cpu');
    if (!/^\d{1,9}$/.test(cpu)) return answer(c, wrong('cpu', 'must be the number of a cpu'));
    return changeByBody(c, xend, 'cpu-modify', (body) => ({ kind: 'cpu-modify', cpu: Number(cpu), ...body }));
  });

  app.post('/v1/stop', (c) => {
    xend.stop();
    return c.json({ stopping: true }, 202);
  });

  app.get('/openapi.json', (c) => c.json(openApiDocument));

  app.get('/metrics', async (c) => c.body(await renderMetrics(xend), 200, { 'content-type': METRICS_TYPE }));
}
