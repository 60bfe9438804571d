export { narrow, widen } from './float16';
export { addRows } from './rows';
