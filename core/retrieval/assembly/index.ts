export { add, dots, quantise, scaleOf } from './vectors';
export { boundProducts, exactProducts, passing } from './filter';
