/** Of glibc's malloc: memory is asked for in pages of 2 MiB where the system leaves that to programs (`madvise`). */
const HUGE_PAGES = 'glibc.malloc.hugetlb=1';

/**
 * Of V8: garbage is collected by the process's own thread. Results of ONNX Runtime are many large arrays that go soon, so
 * collections are frequent; with helpers they took cores from the other processes, and longer all the same.
 */
const OWN_THREAD_COLLECTS = '--single-threaded-gc';

export interface ProcessSettings {
  env: NodeJS.ProcessEnv;
  /** Of Node.js. */
  execArgv: string[];
}

/**
 * How a process that holds a model or searches is started. Most of what ONNX Runtime hands out is memory that is new, and
 * in pages of 4 KiB that is slow. glibc reads its setting when a process starts; other C libraries ignore it.
 * @param environment what the process would have; its own `GLIBC_TUNABLES` is left as it is
 * @param execArgv what it would have
 */
export function modelProcessSettings(
  environment: NodeJS.ProcessEnv = process.env,
  execArgv: readonly string[] = process.execArgv,
): ProcessSettings {
  return {
    env: { GLIBC_TUNABLES: HUGE_PAGES, ...environment },
    execArgv: [...execArgv, OWN_THREAD_COLLECTS],
  };
}
