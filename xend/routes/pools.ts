import type { Hono } from 'hono';
import { answer } from '../answers.ts';
import type { Xend } from '../xend.ts';
import { change, changeByBody } from './changes.ts';

export function poolRoutes(app: Hono, xend: Xend): void {
  app.get('/v1/pools', async (c) => c.json({ pools: await xend.observer.pools() }));

  app.post('/v1/pools', (c) =>
    changeByBody(c, xend, 'pool-create', (body) => ({ kind: 'pool-create', ...body })),
  );

  app.get('/v1/pools/:pool', async (c) => {
    const pool = await xend.observer.pool(c.req.param('pool'));
    if (pool.ok) c.header('etag', `"${pool.value.generation}"`);
    return answer(c, pool);
  });

  app.patch('/v1/pools/:pool', (c) =>
    changeByBody(c, xend, 'pool-modify', (body) => ({
      kind: 'pool-modify',
      pool: c.req.param('pool'),
      ...body,
    })),
  );

  app.delete('/v1/pools/:pool', (c) => change(c, xend, { kind: 'pool-destroy', pool: c.req.param('pool') }));
}
