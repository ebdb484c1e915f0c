export { didYouMean, near } from '../../interface/near.ts';
