/**
 * A test aid: makes a model process fail at texts that contain a marker, as a defect in a native library would. Off
 * unless one of these is set in the worker's environment:
 *
 *     XQG_FAULT_TEXT_CRASH=marker   the process ends by SIGSEGV
 *     XQG_FAULT_TEXT_HANG=marker    it computes for ever
 *     XQG_FAULT_TEXT_OOM=marker     it takes more and more memory, and aborts when it has 4 GiB more
 *     XQG_FAULT_TEXT_THROW=marker   the model throws
 */
const faults: Readonly<Record<string, (marker: string) => void>> = {
  XQG_FAULT_TEXT_CRASH: crash,
  XQG_FAULT_TEXT_HANG: hang,
  XQG_FAULT_TEXT_OOM: takeMemory,
  XQG_FAULT_TEXT_THROW: (marker) => {
    throw new Error(`An injected fault: a text contains "${marker}"`);
  },
};

const MIB = 2 ** 20;

/** Called by a model process before it gives texts to its model. */
export function injectFaults(texts: Iterable<string>, environment = process.env): void {
  const set = Object.entries(faults).flatMap(([variable, fault]) => {
    const marker = environment[variable];
    return marker ? [{ marker, fault }] : [];
  });
  if (set.length === 0) return;
  for (const text of texts) for (const { marker, fault } of set) if (text.includes(marker)) fault(marker);
}

function crash(): never {
  process.kill(process.pid, 'SIGSEGV');
  return hang();
}

function hang(): never {
  for (;;);
}

/** Slowly enough for a watch to notice: 32 MiB every 20 ms. */
function takeMemory(): never {
  const taken: Buffer[] = [];
  const pause = new Int32Array(new SharedArrayBuffer(4));
  while (taken.length < 128) {
    taken.push(Buffer.alloc(32 * MIB, 1));
    Atomics.wait(pause, 0, 0, 20);
  }
  process.abort();
}
