/** What the tests of this folder run scenarios with; no part of xm. */
import { explain } from '../interface/index.ts';
import { parseScenario } from './parse.ts';
import { type RunOptions, runScenario, type ScenarioResult } from './run.ts';
import type { Scenario } from './scenario.ts';

export function scenarioOf(scenario: object): Scenario {
  const parsed = parseScenario(JSON.stringify(scenario), 's.json');
  if (!parsed.ok) throw new Error(explain(parsed.refusal).sentence);
  return parsed.value;
}

export async function run(scenario: object, options: RunOptions = {}): Promise<ScenarioResult> {
  const result = await runScenario(scenarioOf(scenario), options);
  if (!result.ok) throw new Error(explain(result.refusal).sentence);
  return result.value;
}
