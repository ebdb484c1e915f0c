import { type Situation, situation } from './situation.ts';

/* Two who name the same cpus: what each kernel answers otherwise. */

export const CONFLICTS: readonly Situation[] = [
  situation('a partition grows over a plain list', 'top:1-2 top:root side:3-4', 'top:1-3', {
    '6.1': 'top=1-3/root! side=3-4',
    7: 'top=1-3/root side=4',
  }),
  situation('a partition grows over a partition', 'top:1-2 top:root side:root side:3-4', 'top:1-3', {
    '6.1': 'top=1-3/root! side=3-4/root!',
    7: 'top=1-2/root side=3-4/root',
  }),
  situation('a plain list grows over a partition', 'top:1-2 side:root side:3-4', 'top:1-3', {
    '6.1': 'top=1-3 side=3-4/root!',
    7: 'top=1-2 side=3-4/root',
  }),
  situation('an isolated one grows over a plain list', 'top:1-3 top:isolated side:4-5', 'top:1-4', {
    '6.1': 'top=1-4/isolated! side=4-5',
    7: 'top=1-4/isolated side=5',
  }),
  situation('and back', 'top:1-3 top:isolated side:4-5', 'top:1-4 top:1-3', {
    '6.1': 'top=1-3/isolated! side=4-5',
    '6.12': 'top=1-3/isolated side=4-5',
  }),
  situation(
    'a plain list that was over an isolated one leaves it',
    'top:1-3 top:isolated',
    'side:3-5 side:4-5',
    { '6.1': 'top=1-3/isolated! side=4-5', 7: 'top=1-3/isolated side=4-5' },
  ),
  situation('a second partition gets what the first leaves', 'top:1-3 top:root', 'side:3-5 side:root', {
    '6.1': 'top=1-3/root! side=3-5/root!',
    7: 'top=1-3/root side=4-5/root',
  }),
  situation('the second corrects itself', 'top:1-3 top:root', 'side:3-5 side:root side:4-5', {
    '6.1': 'top=1-3/root! side=4-5/root!',
    '6.12': 'top=1-3/root! side=4-5/root',
    7: 'top=1-3/root side=4-5/root',
  }),
  situation('the first asks again', 'top:1-3 top:root', 'side:3-5 side:root side:4-5 top:root', {
    '6.1': 'top=1-3/root! side=4-5/root!',
    '6.12': 'top=1-3/root side=4-5/root',
  }),
  situation(
    'the first is a member for a moment',
    'top:1-3 top:root',
    'side:3-5 side:root side:4-5 top:member top:root',
    { '6.1': 'top=1-3/root side=4-5/root!', '6.12': 'top=1-3/root side=4-5/root' },
  ),
  situation('a plain list over a partition is taken back', 'top:1-3 top:root', 'side:3-5 side:4-5', {
    '6.1': 'top=1-3/root! side=4-5',
    7: 'top=1-3/root side=4-5',
  }),
  situation('the sibling is gone', 'top:1-3 top:root', 'side:3-5 side:root side:none side:member', {
    '6.1': 'top=1-3/root! side=0-5',
    7: 'top=1-3/root side=4-5 refused=side:none(EBUSY)',
  }),
  situation('a partition has all that the root has', 'top:1-5 top:root', 'top:0-5', 'top=0-5/root!'),
  situation('and less again', 'top:1-5 top:root', 'top:0-5 top:1-5', {
    '6.1': 'top=1-5/root',
    '6.12': 'top=1-5/root!',
  }),
  situation(
    'two partitions change cpus, the taker first',
    'top:1-2 top:root side:3-4 side:root',
    'top:1-3 side:4',
    {
      '6.1': 'top=1-3/root! side=4/root!',
      '6.12': 'top=1-2/root! side=4/root',
      7: 'top=1-2/root side=4/root',
    },
  ),
  situation(
    'two partitions change cpus, the giver first',
    'top:1-2 top:root side:3-4 side:root',
    'side:4 top:1-3',
    'top=1-3/root side=4/root',
  ),
];
