export { add, dots, quantise, scaleOf } from './vectors';
export { boundGroups, GROUP, ranges } from './bounds';
export { fillCuts, scan } from './scan';
export { offer, settle } from './rankings';
