import type { Hono } from 'hono';
import { done } from '../../interface/index.ts';
import { answer } from '../answers.ts';
import type { Xend } from '../xend.ts';
import { change, changeByBody } from './changes.ts';

/** `:domain` is a name or an id. */
export function domainRoutes(app: Hono, xend: Xend): void {
  app.get('/v1/domains', async (c) => {
    const pool = c.req.query('pool');
    const domains =
      pool === undefined ? done(await xend.observer.domains()) : await xend.observer.members(pool);
    return answer(c, domains.ok ? done({ domains: domains.value }) : domains);
  });

  app.post('/v1/domains', (c) =>
    changeByBody(c, xend, 'domain-create', (body) => ({ kind: 'domain-create', ...body })),
  );

  app.get('/v1/domains/:domain', async (c) => answer(c, await xend.observer.domain(c.req.param('domain'))));

  app.patch('/v1/domains/:domain', (c) =>
    changeByBody(c, xend, 'domain-modify', (body) => ({
      kind: 'domain-modify',
      domain: c.req.param('domain'),
      ...body,
    })),
  );

  app.post('/v1/domains/:domain/shutdown', (c) =>
    change(c, xend, { kind: 'domain-shutdown', domain: c.req.param('domain') }),
  );

  app.post('/v1/domains/:domain/release', (c) =>
    change(c, xend, { kind: 'domain-release', domain: c.req.param('domain') }),
  );

  app.delete('/v1/domains/:domain', (c) =>
    change(c, xend, { kind: 'domain-destroy', domain: c.req.param('domain') }),
  );
}
