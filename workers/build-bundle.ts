import { writeWorkflowBundle } from './bundle-workflows.js';

await writeWorkflowBundle();
