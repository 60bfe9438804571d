export { add, dots, quantise, scaleOf } from './vectors';
export { blockBounds, exactProducts, passingBlocks, passingPassages } from './filter';
