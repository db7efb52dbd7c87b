export { FlakyLink } from './testing/flaky-link';
