import { type Situation, situation } from './situation.ts';

/* `cpuset.cpus.exclusive`, and partitions below plain cgroups, which it makes possible. */

const LISTED = 'top:1-4 mid:2-4 low:3-4';
const CLAIMED = 'top:1-4 top:x3-4 mid:2-4 mid:x3-4 low:3-4 low:x3-4';
const NESTED = 'top:1-5 top:x3-5 mid:2-5 mid:x3-5 mid:isolated low:3-5 low:x5 low:root';
const LOCAL = 'top:1-4 top:x2-4 top:isolated mid:2-4 mid:x3-4 mid:isolated low:3-4 low:x4 low:isolated';
const PAIR = 'top:1-4 top:x1-4 mid:x1-2 mid:isolated';

export const CLAIMS: readonly Situation[] = [
  situation('a claim alone takes nothing from children', LISTED, 'top:x3-4', 'top=1-4 mid=2-4 low=3-4'),
  situation(
    'a partition below a plain cgroup that claims its cpus',
    LISTED,
    'top:x3-4 mid:x3-4 mid:isolated',
    'top=1-2 mid=3-4/isolated low=3-4',
  ),
  situation(
    'of a part of what is claimed above',
    LISTED,
    'top:x3-4 mid:x4 mid:isolated',
    'top=1-3 mid=4/isolated low=4',
  ),
  situation(
    'two levels below',
    LISTED,
    'top:x3-4 mid:x3-4 low:x3-4 low:isolated',
    'top=1-2 mid=2 low=3-4/isolated',
  ),
  situation(
    'its list may then be smaller',
    LISTED,
    'top:x3-4 mid:x3-4 low:x3-4 low:isolated low:4',
    'top=1-2 mid=2 low=3-4/isolated',
  ),
  situation('a sibling wants for itself what a grandchild names', `${LISTED} side:3-4`, 'side:isolated', {
    '6.1': 'top=1-4 mid=2-4 low=3-4 side=3-4/isolated!',
    7: 'top=1-2 mid=2 low=2 side=3-4/isolated',
  }),
  situation(
    'a sibling wants for itself what nobody names',
    `${LISTED} side:5`,
    'side:isolated',
    'top=1-4 mid=2-4 low=3-4 side=5/isolated',
  ),
  situation(
    'a claimed partition, and one beside the tree',
    `${LISTED} side:5`,
    'top:x3-4 mid:x3-4 low:x3-4 low:isolated side:isolated',
    'top=1-2 mid=2 low=3-4/isolated side=5/isolated',
  ),
  situation(
    'whatever its list says by then',
    `${LISTED} side:5`,
    'top:x3-4 mid:x3-4 low:x3-4 low:isolated low:2-4 side:isolated',
    'top=1-2 mid=2 low=3-4/isolated side=5/isolated',
  ),
  situation(
    'a claimed partition with one in it',
    `${LISTED} side:5`,
    'top:x2-4 mid:x2-4 mid:isolated low:isolated',
    'top=1 mid=2/isolated low=3-4/isolated side=5',
  ),
  situation(
    'the one beside it goes to another list',
    'top:1-3 mid:2-3 low:3 side:4',
    'top:x3 mid:x3 low:x3 low:isolated side:isolated side:4-5',
    'top=1-2 mid=2 low=3/isolated side=4-5/isolated',
  ),
  situation(
    'claims may lie outside of all lists',
    'top:5 top:x1-4 mid:x2-4 low:x3-4',
    'mid:isolated',
    'top=5 mid=2-4/isolated low=2-4',
  ),
  situation(
    'also two levels below',
    'top:5 top:x1-4 mid:x2-4 low:x3-4',
    'low:isolated',
    'top=5 mid=5 low=3-4/isolated',
  ),
  situation(
    'a claimed partition gives all to one in it',
    `${LISTED} side:5`,
    'top:x3-4 mid:x3-4 mid:root low:isolated side:root',
    'top=1-2 mid=/root low=3-4/isolated side=5/root',
  ),
  situation(
    'or nothing to a plain child',
    `${LISTED} side:5`,
    'top:x3-4 mid:x3-4 mid:root side:root',
    'top=1-2 mid=3-4/root low=3-4 side=5/root',
  ),
  situation(
    'or a part',
    'top:1-4 mid:2-4 low:4 side:5',
    'top:x3-4 mid:x3-4 mid:root low:isolated side:root',
    'top=1-2 mid=3/root low=4/isolated side=5/root',
  ),
  situation(
    'a claim within a claim',
    'top:1-5 mid:2-5 low:3-5',
    'top:x3-5 mid:x3-5 mid:isolated low:x5 low:root',
    'top=1-2 mid=3-4/isolated low=5/root',
  ),
  situation(
    'of two of three cpus',
    'top:1-5 mid:2-5 low:3-5',
    'top:x3-5 mid:x3-5 mid:isolated low:x4-5 low:root',
    'top=1-2 mid=3/isolated low=4-5/root',
  ),
  situation(
    'a claim that the parent does not have ends a partition and those in it',
    NESTED,
    'mid:x1',
    'top=1-5 mid=2-5/isolated! low=3-5/root!',
  ),
  situation('an inner one ends alone', NESTED, 'low:x2', 'top=1-2 mid=3-5/isolated low=3-5/root!'),
  situation('a claim is cleared', 'top:1-4 top:x3-4 mid:2-4 low:3', 'top:xnone', 'top=1-4 mid=2-4 low=3'),
  situation(
    'a claim that nobody above has is not enough',
    'top:1-4 mid:2-4',
    'mid:x4 mid:isolated',
    'top=1-4 mid=2-4/isolated!',
  ),
  situation(
    'until it has',
    'top:1-4 mid:2-4 mid:x4 mid:isolated',
    'top:x3-4 mid:isolated',
    'top=1-3 mid=4/isolated',
  ),
  situation(
    'a claim outside of the partition it is in is invalid',
    'top:2-4 top:isolated mid:x5 mid:isolated',
    '',
    'top=2-4/isolated mid=2-4/isolated!',
  ),
  situation(
    'and valid within it',
    'top:2-4 top:isolated mid:x5 mid:isolated',
    'mid:x4 mid:isolated',
    'top=2-3/isolated mid=4/isolated',
  ),
  situation(
    'three in each other, each claiming less',
    LOCAL,
    '',
    'top=2/isolated mid=3/isolated low=4/isolated',
  ),
  situation(
    'the one in the middle claims what is not there',
    LOCAL,
    'mid:x5',
    'top=2-4/isolated mid=2-4/isolated! low=3-4/isolated!',
  ),
  situation(
    'or neither claims nor names what is',
    LOCAL,
    'mid:5 mid:xnone',
    'top=2-4/isolated mid=2-4/isolated! low=3-4/isolated!',
  ),
  situation(
    'an inner list grows into its parent',
    'top:1-5 top:isolated mid:4-5 mid:root',
    'mid:3-5',
    'top=1-2/isolated mid=3-5/root',
  ),
  situation(
    'the outer list shrinks from below',
    'top:1-5 top:isolated mid:4-5 mid:root',
    'top:2-5',
    'top=2-3/isolated mid=4-5/root',
  ),
  situation(
    'claims below one that is cleared are void',
    CLAIMED,
    'top:xnone top:5 low:isolated',
    'top=5 mid=5 low=5/isolated!',
  ),
  situation(
    'below one that goes elsewhere',
    CLAIMED,
    'top:x2 low:isolated',
    'top=1-4 mid=2-4 low=3-4/isolated!',
  ),
  situation(
    'below one that shrinks they shrink',
    CLAIMED,
    'mid:x4 low:isolated',
    'top=1-3 mid=2-3 low=4/isolated',
  ),
  situation(
    'a partition shrinks with the claim above it',
    `${CLAIMED} low:isolated`,
    'mid:x4',
    'top=1-3 mid=2-3 low=4/isolated',
  ),
  situation('and ends with it', `${CLAIMED} low:isolated`, 'top:x5', 'top=1-4 mid=2-4 low=3-4/isolated!'),
  situation('a claim may have a part of a sibling’s list', 'top:1-3 side:4-5', 'top:x5', 'top=1-3 side=4-5'),
  situation('but not all of it', 'top:1-3 side:4-5', 'top:x3-5', 'top=1-3 side=4-5 refused=top:x3-5(EINVAL)'),
  situation(
    'nor what a sibling claims',
    'top:1-3 side:4-5',
    'top:x1-4 side:x4-5',
    'top=1-3 side=4-5 refused=side:x4-5(EINVAL)',
  ),
  situation(
    'a list may be a part of what a sibling claims',
    'top:1-3 top:x1-3 side:4-5',
    'side:1-2',
    'top=1-3 side=1-2',
  ),
  situation('a cleared list leaves the claim', 'top:2-5 top:x4 mid:2 mid:x4', 'mid:none', 'top=2-5 mid=2-5'),
  situation(
    'a partition beside a tree that claims other cpus',
    'top:1-3 top:x1-3 mid:2-3 mid:x2-3 mid:isolated side:4-5',
    'side:root',
    'top=1 mid=2-3/isolated side=4-5/root',
  ),
  situation(
    'one whose list has some of the claimed cpus',
    'top:1-3 top:x1-3 mid:2-3 mid:x2-3 mid:isolated side:3-5',
    'side:root',
    { '6.12': 'top=1 mid=2-3/isolated side=4-5/root!', 7: 'top=1 mid=2-3/isolated side=4-5/root' },
  ),
  situation(
    'one whose list comes to have them',
    'top:1-3 top:x1-3 mid:2-3 mid:x2-3 mid:isolated side:4-5',
    'side:root side:3-5',
    { '6.12': 'top=1 mid=2-3/isolated side=4-5/root!', 7: 'top=1 mid=2-3/isolated side=4-5/root' },
  ),
  situation(
    'two pairs of claimed partitions',
    'top:x1-5 mid:x1-3 twin:x4-5 low:x1-2 peer:x3 leaf:x4-5',
    'low:isolated peer:isolated leaf:isolated',
    'top=0 mid=0 low=1-2/isolated peer=3/isolated twin=0 leaf=4-5/isolated',
  ),
  situation(
    'a plain child beside a claimed one',
    `${PAIR} twin:3`,
    'twin:3-4',
    'top=3-4 mid=1-2/isolated twin=3-4',
  ),
  situation('the claim above it shrinks', PAIR, 'top:x2-4', 'top=1,3-4 mid=2/isolated'),
  situation(
    'and both of two partitions below shrink',
    'top:1-5 top:x1-5 mid:x1-2 mid:isolated twin:x3-5 twin:root',
    'top:x2-4',
    'top=1,5 mid=2/isolated twin=3-4/root',
  ),
  situation(
    'one of two gives a cpu up',
    `${PAIR} twin:x3-4 twin:root`,
    'mid:x2',
    'top=1 mid=2/isolated twin=3-4/root',
  ),
  situation(
    'and the other takes it',
    `${PAIR} twin:x3-4 twin:root`,
    'mid:x1 twin:2-4 twin:x2-4',
    'top=0,5 mid=1/isolated twin=2-4/root',
  ),
  situation(
    'three want what two have',
    'top:x1-5 mid:1-3 mid:x1-3 twin:x4-5 twin:root',
    'low:x1-2 low:isolated peer:x3-4 peer:root leaf:x1-5 leaf:isolated',
    'top=0 mid=0 low=1-2/isolated peer=3/root twin=/root leaf=4-5/isolated',
  ),
  situation('one whose cpus another has all', 'top:1-5 top:root mid:1-4 mid:root twin:2-3', 'twin:root', {
    '6.1': 'top=1-5/root mid=1-4/root! twin=2-3/root!',
    7: 'top=5/root mid=1-4/root twin=5/root!',
  }),
];
