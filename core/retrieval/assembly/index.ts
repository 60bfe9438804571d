export { add, dots, quantise, quantiseQuery, scaled, scaleOf } from './vectors';
export { boundGroups, GROUP, ranges } from './bounds';
export { BLOCK, fillCuts, scan } from './scan';
export { offer, settle } from './rankings';
