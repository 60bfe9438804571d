import { PAWSX_METRICS } from '../claims/pawsx-metrics.js';
import type { Experiment } from '../config/experiment.js';
import { pawsxArms } from '../config/robustness.js';
import { InvalidInputError } from '../errors.js';
import type { Arm } from '../retrieval/arms.js';
import type { Gate } from './gate.js';

/**
 * Whether gates speak of metrics and arms that the experiment has.
 * @throws InvalidInputError naming the gate, and what there is
 */
export function checkGates(gates: readonly Gate[], experiment: Experiment, arms: readonly Arm[]): void {
  for (const { text, metric, arm } of gates) {
    const ofPawsx = metric.startsWith('pawsx.');
    if (ofPawsx && experiment.robustness?.pawsx === undefined)
      throw new InvalidInputError(
        `Gate "${text}": ${metric} needs PAWS-X; set "robustness.pawsx" in the experiment`,
      );
    const metrics = ofPawsx ? PAWSX_METRICS : experiment.evaluate.metrics;
    if (!metrics.some((one) => one === metric))
      throw new InvalidInputError(
        `Gate "${text}": expected one of the experiment's metrics (${metrics.join(', ')}), found ${metric}`,
      );
    const measured = ofPawsx ? pawsxArms(experiment, arms) : arms;
    if (arm !== undefined && !measured.some(({ id }) => id === arm))
      throw new InvalidInputError(
        `Gate "${text}": expected one of the experiment's arms${ofPawsx ? ' that PAWS-X is measured for' : ''} (${measured.map(({ id }) => id).join(', ')}), found ${arm}`,
      );
  }
}
