import { readTsv } from '../tsv.js';
import type { Format } from './format.js';

/**
 * Passages as DPR (Karpukhin et al. 2020) publishes them, `psgs_w100.tsv`, and XOR-TyDi after it: `id`, `text` and
 * `title` under that header, quoted as Python's csv module does.
 */
export const dpr: Format = {
  holds: 'tab-separated values with the header id, text, title',
  looks: ['dpr'],
  read: (file, kind, { skip, onRaw }) => readTsv(file.name, kind, file.chunks(onRaw), skip),
};
