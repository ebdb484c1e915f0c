import { type Situation, situation } from './situation.ts';

/* Cpus go and come back. */

const INSIDE = 'top:1-4 top:root mid:3-4 mid:root';
const EDGE = 'top:3-4 top:root mid:4 mid:root';
const ISOLATED = 'top:3-4 top:root mid:4 mid:isolated';
const CHAIN = 'top:2-4 top:root mid:3-4 mid:root low:4 low:root';
const CLAIMED = 'top:1-4 top:x3-4 mid:2-4 mid:x3-4';

export const HOTPLUG: readonly Situation[] = [
  situation('a plain cgroup loses a cpu', 'top:1-2 side:3-4', 'mid:5 cpu3:off', 'top=1-2 mid=1-2 side=4'),
  situation('an inner partition loses one of two', INSIDE, 'cpu3:off', 'top=1-2/root mid=4/root'),
  situation('and gets it back', INSIDE, 'cpu3:off cpu3:on', 'top=1-2/root mid=3-4/root'),
  situation('an outer partition loses one', INSIDE, 'cpu2:off', 'top=1/root mid=3-4/root'),
  situation('and gets it back, too', INSIDE, 'cpu2:off cpu2:on', 'top=1-2/root mid=3-4/root'),
  situation('an inner partition loses its last one, and gets it back', EDGE, 'cpu4:off cpu4:on', {
    '6.1': 'top=3/root mid=4/root',
    '6.12': 'top=3/root mid=4/root refused=cpu4:off(EBUSY)',
    7: 'top=3/root mid=4/root',
  }),
  situation('an isolated one does', ISOLATED, 'cpu4:off cpu4:on', 'top=3/root mid=4/isolated'),
  situation('an outer partition loses its own last one, and gets it back', EDGE, 'cpu3:off cpu3:on', {
    '6.1': 'top=3/root mid=4/root',
    '6.12': 'top=3/root mid=4/root refused=cpu3:off(EBUSY)',
    7: 'top=3/root mid=4/root',
  }),
  situation('around an isolated one', ISOLATED, 'cpu3:off cpu3:on', {
    '6.1': 'top=3/root mid=4/isolated',
    '6.12': 'top=3/root mid=4/isolated refused=cpu3:off(EBUSY)',
    7: 'top=3/root mid=4/isolated',
  }),
  situation('an outer partition without processes may have none left', EDGE, 'cpu3:off', {
    '6.1': 'top=/root mid=4/root',
    '6.12': 'top=3/root mid=4/root refused=cpu3:off(EBUSY)',
    7: 'top=/root mid=4/root',
  }),
  situation('an inner one may not everywhere', EDGE, 'cpu4:off', {
    '6.1': 'top=3/root mid=/root',
    '6.12': 'top=3/root mid=4/root refused=cpu4:off(EBUSY)',
    7: 'top=3/root mid=/root',
  }),
  situation('an outer one with a process takes from its child', EDGE, 'top:task cpu3:off', {
    '6.1': 'top=4/root mid=4/root!',
    '6.12': 'top=3/root mid=4/root refused=cpu3:off(EBUSY)',
    7: 'top=4/root mid=4/root!',
  }),
  situation('an inner one with a process falls back on its parent', EDGE, 'mid:task cpu4:off', {
    '6.1': 'top=3/root mid=3/root!',
    '6.12': 'top=3/root mid=4/root refused=cpu4:off(EBUSY)',
    7: 'top=3/root mid=3/root!',
  }),
  situation('the first of three has none left', CHAIN, 'cpu2:off', 'top=/root mid=3/root low=4/root'),
  situation('the second of three', CHAIN, 'cpu3:off', {
    '6.1': 'top=2/root mid=/root low=4/root',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu3:off(EBUSY)',
    7: 'top=2/root mid=/root low=4/root',
  }),
  situation('the third of three', CHAIN, 'cpu4:off', {
    '6.1': 'top=2/root mid=3/root low=/root',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu4:off(EBUSY)',
    7: 'top=2/root mid=3/root low=/root',
  }),
  situation(
    'the first of three, with a process',
    CHAIN,
    'top:task cpu2:off',
    'top=3-4/root mid=3-4/root! low=4/root!',
  ),
  situation('the second of three, with a process', CHAIN, 'mid:task cpu3:off', {
    '6.1': 'top=2/root mid=4/root low=4/root!',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu3:off(EBUSY)',
    7: 'top=2/root mid=4/root low=4/root!',
  }),
  situation('the third of three, with a process', CHAIN, 'low:task cpu4:off', {
    '6.1': 'top=2/root mid=3/root low=3/root!',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu4:off(EBUSY)',
    7: 'top=2/root mid=3/root low=3/root!',
  }),
  situation(
    'the first of three, with a process, recovers',
    CHAIN,
    'top:task cpu2:off cpu2:on',
    'top=2/root mid=3/root low=4/root',
  ),
  situation('the second of three, with a process, recovers', CHAIN, 'mid:task cpu3:off cpu3:on', {
    '6.1': 'top=2/root mid=3/root low=4/root',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu3:off(EBUSY)',
    7: 'top=2/root mid=3/root low=4/root',
  }),
  situation('the third of three, with a process, recovers', CHAIN, 'low:task cpu4:off cpu4:on', {
    '6.1': 'top=2/root mid=3/root low=4/root',
    '6.12': 'top=2/root mid=3/root low=4/root refused=cpu4:off(EBUSY)',
    7: 'top=2/root mid=3/root low=4/root',
  }),
  situation(
    'two go, the first comes back',
    CHAIN,
    'top:task cpu2:off cpu3:off cpu2:on',
    'top=2/root mid=/root low=4/root',
  ),
  situation(
    'two go, the second comes back',
    CHAIN,
    'top:task cpu2:off cpu3:off cpu3:on',
    'top=3-4/root mid=3-4/root! low=4/root!',
  ),
  situation('a process cannot come where no cpu is', EDGE, 'cpu3:off top:task', {
    '6.1': 'top=/root mid=4/root refused=top:task(ENOSPC)',
    '6.12': 'top=3/root mid=4/root refused=cpu3:off(EBUSY)',
    7: 'top=/root mid=4/root refused=top:task(ENOSPC)',
  }),
  situation(
    'a claimed partition loses one of two',
    `${CLAIMED} low:3-4`,
    'low:x3-4 low:isolated cpu3:off',
    'top=1-2 mid=2 low=4/isolated',
  ),
  situation(
    'and gets it back as others do',
    `${CLAIMED} low:3-4`,
    'low:x3-4 low:isolated cpu3:off cpu3:on',
    'top=1-2 mid=2 low=3-4/isolated',
  ),
  situation(
    'a claimed partition loses its only one',
    `${CLAIMED} low:4`,
    'low:isolated cpu4:off',
    'top=1-3 mid=2-3 low=/isolated',
  ),
  situation(
    'with a process it is invalid',
    `${CLAIMED} low:4`,
    'low:task low:isolated cpu4:off',
    'top=1-3 mid=2-3 low=2-3/isolated!',
  ),
  situation(
    'and stays so when the cpu is back',
    `${CLAIMED} low:3`,
    'low:task low:isolated cpu3:off cpu3:on',
    'top=1-4 mid=2-4 low=3/isolated!',
  ),
  situation(
    'all cpus of an isolated partition with a process go and come',
    'top:3-4 top:isolated',
    'top:task cpu3:off cpu4:off cpu3:on cpu4:on',
    'top=3-4/isolated',
  ),
  situation('all cpus of a partition with a process go', 'top:3-4 top:root', 'top:task cpu3:off cpu4:off', {
    '6.1': 'top=0-2,5/root!',
    '6.12': 'top=4/root refused=cpu4:off(EBUSY)',
    7: 'top=0-2,5/root!',
  }),
  situation('and one comes back', 'top:3-4 top:root', 'top:task cpu3:off cpu4:off cpu4:on', {
    '6.1': 'top=4/root',
    '6.12': 'top=4/root refused=cpu4:off(EBUSY)',
    7: 'top=4/root',
  }),
];
