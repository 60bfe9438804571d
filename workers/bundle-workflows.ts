import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleOption } from '@temporalio/worker';

const bundlePath = fileURLToPath(new URL('./workflow-bundle.cjs', import.meta.url));

/** The workflows as Temporal's sandbox loads them: bundled by `make build`, or now when that has not happened. */
export async function workflowBundle(): Promise<WorkflowBundleOption> {
  if (existsSync(bundlePath)) return { codePath: bundlePath };
  return bundle();
}

/** Bundles the workflows into dist, so that workers start at once. */
export async function writeWorkflowBundle(): Promise<void> {
  const { code } = await bundle();
  await writeFile(bundlePath, code);
}

function bundle() {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.js', import.meta.url)),
    logger: silent,
  });
}

const ignore = (): void => undefined;
const silent = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
