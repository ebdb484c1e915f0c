import { expect, test } from 'vitest';
import { mirrorsIn } from './apt.ts';

/** As `apt-get update --print-uris` prints them. */
const printed = (...uris: string[]) => uris.map((uri) => `'${uri}' some_name 0 \n`).join('');

test('a mirror is what has a suite of Debian, not its updates, not somebody else', () => {
  const uris = printed(
    'https://packages.one/node/dists/nodistro/main/binary-amd64/Packages.xz',
    'http://mirror.two/debian-security/dists/bookworm-security/main/binary-amd64/Packages.xz',
    'http://mirror.two/debian/dists/bookworm-updates/main/binary-amd64/Packages.xz',
    'http://mirror.two/debian/dists/bookworm/InRelease',
    'http://mirror.two/debian/dists/bookworm/main/binary-amd64/Packages.xz',
    'http://mirror.two/debian/dists/bookworm/main/binary-all/Packages.xz',
  );
  expect(mirrorsIn(uris)).toEqual(['http://mirror.two/debian']);
  expect(mirrorsIn('')).toEqual([]);
});

test('a suite that many call theirs is tried last, one without the main component never', () => {
  const uris = printed(
    'https://packages.one/apt/dists/stable/main/binary-amd64/Packages.xz',
    'https://packages.two/linux/dists/trixie/stable/binary-amd64/Packages.xz',
    'file:/srv/debian/dists/trixie/main/binary-amd64/Packages.xz',
  );
  expect(mirrorsIn(uris)).toEqual(['file:/srv/debian', 'https://packages.one/apt']);
});
