import { toJsonSchema } from '@valibot/to-json-schema';
import type { GenericSchema } from 'valibot';
import { changeShape, domainShape, eventShape, hostShape, poolShape, problemShape } from './answer-shapes.ts';
import {
  cpuModifyBody,
  domainCreateBody,
  domainModifyBody,
  poolCreateBody,
  poolModifyBody,
} from './shapes.ts';

/**
 * The description of the API, made from the shapes that check it. What is served is the committed openapi.json; a test
 * holds it to this, so that the daemon carries no generator.
 */
export function openApi() {
  return {
    openapi: '3.1.0',
    info: {
      title: 'xend',
      version: '1',
      description:
        'Pools of cpus and the domains in them. Served on a unix socket; a second one beside it (-ro) is read-only.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths: { ...poolPaths, ...domainPaths, ...hostPaths },
    components: { schemas: mapValues(SCHEMAS, jsonSchema) },
  };
}

const SCHEMAS = {
  Pool: poolShape,
  Domain: domainShape,
  Host: hostShape,
  Change: changeShape,
  Event: eventShape,
  Problem: problemShape,
  PoolCreate: poolCreateBody,
  PoolModify: poolModifyBody,
  DomainCreate: domainCreateBody,
  DomainModify: domainModifyBody,
  CpuModify: cpuModifyBody,
} satisfies Record<string, GenericSchema>;

type SchemaName = keyof typeof SCHEMAS;

const ref = (name: SchemaName) => ({ $ref: `#/components/schemas/${name}` });
const list = (field: string, name: SchemaName) => ({
  type: 'object',
  properties: { [field]: { type: 'array', items: ref(name) } },
  required: [field],
});

const inPath = (name: string, description: string) => ({
  name,
  in: 'path',
  required: true,
  description,
  schema: { type: 'string' },
});
const IN_POOL = {
  name: 'pool',
  in: 'query',
  description: 'only the domains of this pool',
  schema: { type: 'string' },
};
const DRY_RUN = {
  name: 'dryRun',
  in: 'query',
  description: 'true: answer the plan, change nothing',
  schema: { type: 'boolean', default: false },
};
const IF_MATCH = {
  name: 'If-Match',
  in: 'header',
  description: 'the generation of the pool that was looked at, in quotes; another one now refuses the change',
  schema: { type: 'string' },
};

const POOL = inPath('pool', 'name of the pool');
const DOMAIN = inPath('domain', 'name or id of the domain');

const REFUSED = {
  description: 'refused; nothing has changed',
  content: { 'application/problem+json': { schema: ref('Problem') } },
};

const poolPaths = {
  '/v1/pools': {
    get: looks('listPools', 'All pools, pool0 first', list('pools', 'Pool')),
    post: changes('createPool', 'Create a pool; its cpus come from pool0', 'PoolCreate', [DRY_RUN], 201),
  },
  '/v1/pools/{pool}': {
    get: looks('getPool', 'One pool; its ETag is its generation', ref('Pool'), [POOL]),
    patch: changes('modifyPool', 'What is not named stays as it is', 'PoolModify', [POOL, DRY_RUN, IF_MATCH]),
    delete: changes('destroyPool', 'Its cpus go back to pool0', null, [POOL, DRY_RUN, IF_MATCH]),
  },
};

const domainPaths = {
  '/v1/domains': {
    get: looks('listDomains', 'All domains, by id', list('domains', 'Domain'), [IN_POOL]),
    post: changes(
      'createDomain',
      'Create and start a domain; no pool is pool0',
      'DomainCreate',
      [DRY_RUN],
      201,
    ),
  },
  '/v1/domains/{domain}': {
    get: looks('getDomain', 'One domain', ref('Domain'), [DOMAIN]),
    patch: changes('modifyDomain', 'What is not named stays as it is', 'DomainModify', [DOMAIN, DRY_RUN]),
    delete: changes('destroyDomain', 'End a domain', null, [DOMAIN, DRY_RUN]),
  },
  '/v1/domains/{domain}/release': {
    post: changes('releaseDomain', 'Give what was adopted back to where it came from', null, [
      DOMAIN,
      DRY_RUN,
    ]),
  },
  '/v1/domains/{domain}/shutdown': {
    post: changes('shutdownDomain', 'Ask a domain to end by itself', null, [DOMAIN, DRY_RUN]),
  },
};

const hostPaths = {
  '/v1/host': { get: looks('getHost', 'The host below', ref('Host')) },
  '/v1/cpus/{cpu}': {
    patch: changes('modifyCpu', 'Take a cpu on- or offline', 'CpuModify', [
      inPath('cpu', 'number of the cpu'),
      DRY_RUN,
    ]),
  },
  '/v1/events': {
    get: {
      operationId: 'followEvents',
      summary: 'What happens, as server-sent events; after a gap event, read the state anew',
      parameters: [
        {
          name: 'since',
          in: 'query',
          description: 'the last event that was seen (or Last-Event-ID); without it the stream begins now',
          schema: { type: 'string' },
        },
        {
          name: 'follow',
          in: 'query',
          description: 'false: end after the events that are kept',
          schema: { type: 'boolean', default: true },
        },
      ],
      responses: {
        200: {
          description: 'the data of each event',
          content: { 'text/event-stream': { schema: ref('Event') } },
        },
      },
    },
  },
  '/v1/stop': {
    post: {
      operationId: 'stop',
      summary: 'Let xend finish the change under way, and end',
      responses: { 202: { description: 'it will' } },
    },
  },
  '/openapi.json': { get: looks('getDescription', 'This page', { type: 'object' }) },
  '/metrics': {
    get: {
      operationId: 'getMetrics',
      summary: 'Figures in the OpenMetrics format',
      responses: {
        200: {
          description: 'the page',
          content: { 'application/openmetrics-text': { schema: { type: 'string' } } },
        },
      },
    },
  },
};

function looks(operationId: string, summary: string, schema: object, parameters: readonly object[] = []) {
  return {
    operationId,
    summary,
    ...(parameters.length > 0 && { parameters }),
    responses: {
      200: { description: 'found', content: { 'application/json': { schema } } },
      default: REFUSED,
    },
  };
}

function changes(
  operationId: string,
  summary: string,
  body: SchemaName | null,
  parameters: readonly object[],
  status: 200 | 201 = 200,
) {
  const done = { description: 'done whole', content: { 'application/json': { schema: ref('Change') } } };
  return {
    operationId,
    summary,
    parameters,
    ...(body && { requestBody: { required: true, content: { 'application/json': { schema: ref(body) } } } }),
    responses: { [status]: done, default: REFUSED },
  };
}

function jsonSchema(schema: GenericSchema): object {
  const { $schema: _, ...rest } = toJsonSchema(schema, { target: 'draft-2020-12', ignoreActions: ['check'] });
  return rest;
}

const mapValues = <T, U>(record: Record<string, T>, map: (value: T) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
