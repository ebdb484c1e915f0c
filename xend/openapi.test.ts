import { expect, test } from 'vitest';
import { openApi } from './openapi.ts';

test('the committed openapi.json describes the API as it is (if not: npx vitest run xend/openapi.test.ts -u)', async () => {
  const text = `${JSON.stringify(openApi(), null, 2)}\n`;
  await expect(text).toMatchFileSnapshot('../openapi.json');
});
