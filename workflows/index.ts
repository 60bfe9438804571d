export { experiment } from './experiment.js';
export { stage } from './stage.js';
