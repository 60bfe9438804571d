/** jstat 1.9 ships no types; this declares the part of it that core/statistics/t-test.ts uses. */
declare module 'jstat' {
  const jStat: {
    /** The regularised incomplete beta function I_x(a, b); false outside of 0 ≤ x ≤ 1. */
    ibeta(x: number, a: number, b: number): number | false;
  };
  export default jStat;
}
