export { experiment } from './experiment.js';
export { stage } from './stage.js';
export { nightly } from './nightly.js';
