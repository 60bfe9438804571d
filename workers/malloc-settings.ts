/** Of glibc's malloc: memory is asked for in pages of 2 MiB where the system leaves that to programs (`madvise`). */
const HUGE_PAGES = 'glibc.malloc.hugetlb=1';

/**
 * The environment of a process that holds a model or searches. Most of what ONNX Runtime hands out is memory that is new, and
 * in pages of 4 KiB that is slow. glibc reads the setting when a process starts; other C libraries ignore it.
 * @param environment what the process would have; its own `GLIBC_TUNABLES` is left as it is
 */
export function withHugePages(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { GLIBC_TUNABLES: HUGE_PAGES, ...environment };
}
