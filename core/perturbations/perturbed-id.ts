import { perturbationName, type Perturbation } from './perturb.js';

/** The id of a query with errors in it: `typo-0.1:q7`. Names of perturbations hold no colon. */
export function perturbedId(perturbation: Perturbation, queryId: string): string {
  return `${perturbationName(perturbation)}:${queryId}`;
}

/** What {@link perturbedId} was made of. */
export function parsePerturbedId(id: string): { perturbation: string; queryId: string } {
  const colon = id.indexOf(':');
  return { perturbation: id.slice(0, colon), queryId: id.slice(colon + 1) };
}
