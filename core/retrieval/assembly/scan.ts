/**
 * Passages of a tile on their way into the rankings of arms. AssemblyScript, compiled to WebAssembly; `usize` numbers
 * are addresses.
 */
import { boundGroups, boundsOf, GROUP, Products } from './bounds';
import { put, Rankings, settle, thresholdOf } from './rankings';
import { dot } from './vectors';

const F32: usize = 4;
const F64: usize = 8;
/** What float32 rounds off, and more, as a part of a score. */
const ROUNDED_OFF: f64 = 1 / <f64>(1 << 20);

/** Passages whose exact products are known at once. */
export const BLOCK: i32 = 64;

/** Eight bounds, to be looked at one by one. */
const lanes = memory.data(32, 16);

/** A tile of passages, and one of queries. */
@unmanaged
export class Tile {
  passages: i32;
  /** Queries, without the padding. */
  asked: i32;
  /** Queries and padding, a multiple of 16. */
  queries: i32;
  /** Values of a vector's row. */
  width: i32;
  /** Number of the shard's first passage in the rankings. */
  firstDoc: u32;
  /** uint32, position of each passage in the shard */
  positions: usize;
  /** float32, the queries' vectors: queries × width */
  vectors: usize;
  /** float32, groups of passages × 4 */
  work: usize;
  /** Position of the first passage of the block at work, which the exact products known are of. */
  block: i32;
}

/** Arms that share a direction. */
@unmanaged
export class Bundle {
  /** Products of the direction, or null where arms have none or the same for all passages. */
  directed: Products | null;
  /** Addresses of the arms, one after the other. */
  arms: usize;
  /** Where the addresses end. */
  end: usize;
}

/** An arm: how its scores come out of inner products, and where they go. */
@unmanaged
export class Arm {
  /** 1 − α, and α */
  own: f64;
  added: f64;
  /** float64 for each query: 1/|q| for cosine, 1 for dot */
  scales: usize;
  /** float64 for each query: for bounds, which are of unit queries, what a threshold has to be multiplied by */
  units: usize;
  /** float32, 1/|p'| of each passage of the tile, or 1 */
  inverse: usize;
  /** float32, for each group of passages the smallest and the largest of them */
  inverseRanges: usize;
  /** float64 for each query: D·q, where D is the same for all passages; and bounds of it with unit queries, float32 */
  constants: usize;
  constantBounds: usize;
  /** float32 for each query, what a bound has to reach; +Infinity for padding */
  cuts: usize;
  /** float32 for each query, see `guessCuts` */
  guesses: usize;
  /** Number of the first query's ranking. */
  firstRanking: i32;
  /** A bit for each passage of the group at work: whether its bound reaches the cut. */
  reached: i32;
}

/**
 * Puts the tile's passages into the rankings of all arms.
 * @param bundles addresses of `count` bundles
 */
export function scan(tile: Tile, base: Products, bundles: usize, count: i32, top: Rankings): void {
  const end = bundles + ((<usize>count) << 2);
  const guessed = guessAll(tile, base, bundles, end, top);
  scanBlocks(tile, base, bundles, end, top);
  if (!guessed) return;
  for (let at = bundles; at < end; at += 4) {
    const bundle = changetype<Bundle>(load<usize>(at));
    const all = bundle.arms;
    const last = bundle.end;
    for (let address = all; address < last; address += 4) {
      const arm = changetype<Arm>(load<usize>(address));
      if (takeBackGuesses(tile, arm, top)) {
        bundle.arms = address;
        bundle.end = address + 4;
        scanBlocks(tile, base, at, at + 4, top);
      }
      fillCuts(arm, top, tile.asked);
    }
    bundle.arms = all;
    bundle.end = last;
  }
}

/** Guesses cuts for all arms, see `guessCuts`; returns whether there was something to guess. */
function guessAll(tile: Tile, base: Products, bundles: usize, end: usize, top: Rankings): bool {
  if (tile.passages < top.depth * LEAST_OF_DEPTH) return false;
  let guessed = false;
  for (let at = bundles; at < end; at += 4) {
    const bundle = changetype<Bundle>(load<usize>(at));
    const directed = bundle.directed;
    let bounded = false;
    for (let address = bundle.arms; address < bundle.end; address += 4) {
      const arm = changetype<Arm>(load<usize>(address));
      if (!markEmpty(tile, arm, top)) continue;
      if (!guessed) boundGroups(base, 0, tile.passages, tile.queries);
      if (directed && !bounded) boundGroups(directed, 0, tile.passages, tile.queries);
      guessed = true;
      bounded = true;
      guessCuts(tile, base, directed, arm, top);
    }
  }
  return guessed;
}

/** Block by block, so that what is looked at together stays in the processor's cache, for the arms of all bundles. */
function scanBlocks(tile: Tile, base: Products, bundles: usize, end: usize, top: Rankings): void {
  for (let block = 0; block < tile.passages; block += BLOCK) {
    tile.block = block;
    begin(tile, base);
    for (let at = bundles; at < end; at += 4) {
      const bundle = changetype<Bundle>(load<usize>(at));
      const directed = bundle.directed;
      if (directed) begin(tile, directed);
      scanGroups(tile, base, bundle, top);
    }
  }
}

/** Makes the bounds of the block's groups; no exact product is known yet. */
@inline
function begin(tile: Tile, side: Products): void {
  memory.fill(side.known, 0, <usize>(BLOCK * tile.queries) >> 3);
  boundGroups(side, tile.block, min(tile.passages, tile.block + BLOCK), tile.queries);
}

/**
 * Looks at the groups of the block whose bounds reach the threshold of one of the arms. Of their passages scores are
 * made, from exact products, where the bounds of the passages themselves reach it, too.
 */
function scanGroups(tile: Tile, base: Products, bundle: Bundle, top: Rankings): void {
  const directed = bundle.directed;
  const stride = (<usize>tile.queries) * F32;
  const step = directed ? stride : 0;
  const group = <usize>(tile.block / GROUP);
  let bounds = base.groups + group * stride;
  let others = directed ? directed.groups + group * stride : 0;
  let range = group * 2 * F32;
  const last = min(tile.passages, tile.block + BLOCK);
  for (let first = tile.block; first < last; first += GROUP) {
    for (let q: usize = 0; q < stride; q += 64) {
      let r0 = i32x4.splat(0);
      let r1 = r0;
      let r2 = r0;
      let r3 = r0;
      for (let at = bundle.arms; at < bundle.end; at += 4) {
        const arm = changetype<Arm>(load<usize>(at));
        const own = f32x4.splat(<f32>arm.own);
        const added = f32x4.splat(<f32>arm.added);
        const least = v128.load32_splat(arm.inverseRanges + range);
        const most = v128.load32_splat(arm.inverseRanges + range, 4);
        const b = bounds + q;
        const d = (directed ? others : arm.constantBounds) + q;
        const cuts = arm.cuts + q;
        r0 = v128.or(r0, reaches(boundOfScores(b, d, own, added, least, most), cuts));
        r1 = v128.or(r1, reaches(boundOfScores(b + 16, d + 16, own, added, least, most), cuts + 16));
        r2 = v128.or(r2, reaches(boundOfScores(b + 32, d + 32, own, added, least, most), cuts + 32));
        r3 = v128.or(r3, reaches(boundOfScores(b + 48, d + 48, own, added, least, most), cuts + 48));
      }
      if (!v128.any_true(v128.or(v128.or(r0, r1), v128.or(r2, r3)))) continue;
      const any = i8x16.narrow_i16x8_s(i16x8.narrow_i32x4_s(r0, r1), i16x8.narrow_i32x4_s(r2, r3));
      let mask = i8x16.bitmask(any);
      while (mask != 0) {
        scanGroup(tile, base, bundle, top, <usize>first, (q >> 2) + <usize>ctz(mask));
        mask &= mask - 1;
      }
    }
    bounds += stride;
    others += step;
    range += 2 * F32;
  }
}

/** Bounds of the scores that four queries give to a group's passages. */
@inline
function boundOfScores(bounds: usize, others: usize, own: v128, added: v128, least: v128, most: v128): v128 {
  const sum = f32x4.add(f32x4.mul(own, v128.load(bounds)), f32x4.mul(added, v128.load(others)));
  // The larger one is by the largest inverse where the sum is positive, and by the smallest where it is negative.
  return f32x4.pmax(f32x4.mul(sum, least), f32x4.mul(sum, most));
}

/** Not below the cut: so that nothing is lost to a bound that is not a number. */
@inline
function reaches(score: v128, cuts: usize): v128 {
  return v128.not(f32x4.lt(score, v128.load(cuts)));
}

/** Puts the passages of a group, from `first` on, into the arms' rankings of a query. */
function scanGroup(tile: Tile, base: Products, bundle: Bundle, top: Rankings, first: usize, query: usize): void {
  const directed = bundle.directed;
  const queries = <usize>tile.queries;
  const b0 = boundsOf(base, first, query, queries);
  const b1 = boundsOf(base, first + 4, query, queries);
  let d0 = f32x4.splat(0);
  let d1 = d0;
  if (directed) {
    d0 = boundsOf(directed, first, query, queries);
    d1 = boundsOf(directed, first + 4, query, queries);
    v128.store(lanes, d0);
    v128.store(lanes, d1, 16);
  }
  // The last group of a tile may be smaller; what is behind it was there before.
  const valid = (1 << min(GROUP, tile.passages - <i32>first)) - 1;
  let reached = 0;
  for (let at = bundle.arms; at < bundle.end; at += 4) {
    const arm = changetype<Arm>(load<usize>(at));
    const own = f32x4.splat(<f32>arm.own);
    const added = f32x4.splat(<f32>arm.added);
    if (!directed) {
      d0 = v128.load32_splat(arm.constantBounds + query * F32);
      d1 = d0;
    }
    const inverse = arm.inverse + first * F32;
    const cut = v128.load32_splat(arm.cuts + query * F32);
    const s0 = f32x4.mul(f32x4.add(f32x4.mul(own, b0), f32x4.mul(added, d0)), v128.load(inverse));
    const s1 = f32x4.mul(f32x4.add(f32x4.mul(own, b1), f32x4.mul(added, d1)), v128.load(inverse, 16));
    arm.reached =
      (i32x4.bitmask(v128.not(f32x4.lt(s0, cut))) | (i32x4.bitmask(v128.not(f32x4.lt(s1, cut))) << 4)) & valid;
    reached |= arm.reached;
  }
  while (reached != 0) {
    const i = ctz(reached);
    reached &= reached - 1;
    scanPassage(tile, base, bundle, top, first + <usize>i, query, i);
  }
}

/**
 * Puts a passage into the rankings of a query, of the arms that its bounds have reached.
 * @param i position in its group
 */
@inline
function scanPassage(
  tile: Tile,
  base: Products,
  bundle: Bundle,
  top: Rankings,
  passage: usize,
  query: usize,
  i: i32,
): void {
  const directed = bundle.directed;
  const p = <f64>exactProduct(tile, base, passage, query);
  const bound = <f64>load<f32>(lanes + (<usize>i) * F32);
  let d: f64 = 0;
  let known = false;
  for (let at = bundle.arms; at < bundle.end; at += 4) {
    const arm = changetype<Arm>(load<usize>(at));
    if (((arm.reached >> i) & 1) == 0) continue;
    const inverse = <f64>load<f32>(arm.inverse + passage * F32);
    const scale = load<f64>(arm.scales + query * F64);
    const own = arm.own * scale * p;
    if (!directed) d = load<f64>(arm.constants + query * F64);
    else if (!known) {
      // With one of the two products exact, most of those that will not reach the threshold are found out.
      const most = (own * load<f64>(arm.units + query * F64) + arm.added * bound) * inverse;
      if (most + Math.abs(most) * ROUNDED_OFF < <f64>load<f32>(arm.cuts + query * F32)) continue;
      d = <f64>exactProduct(tile, directed, passage, query);
      known = true;
    }
    // Rounded to float32 as rankings keep it; there is one zero only.
    const score = <f32>((own + arm.added * scale * d) * inverse) + 0;
    const ranking = arm.firstRanking + <i32>query;
    if (!(score >= thresholdOf(top, ranking))) continue;
    const doc = tile.firstDoc + load<u32>(tile.positions + passage * F32);
    if (put(top, ranking, score, doc)) raiseCut(arm, top, query);
  }
}

@inline
function exactProduct(tile: Tile, side: Products, passage: usize, query: usize): f32 {
  const at = (passage - <usize>tile.block) * <usize>tile.queries + query;
  const word = side.known + ((at >> 5) << 2);
  const bits = load<u32>(word);
  const bit: u32 = 1 << (<u32>at & 31);
  if ((bits & bit) != 0) return load<f32>(side.memo + at * F32);
  const bytes = (<usize>tile.width) * F32;
  const value = dot(side.vectors + passage * bytes, tile.vectors + query * bytes, tile.width);
  store<f32>(side.memo + at * F32, value);
  store<u32>(word, bits | bit);
  return value;
}

/** What bounds of the arm's first `count` queries have to reach, from the rankings' thresholds. */
export function fillCuts(arm: Arm, top: Rankings, count: i32): void {
  for (let query: usize = 0; query < <usize>count; query++)
    store<f32>(arm.cuts + query * F32, cutOf(arm, top, query));
}

@inline
function raiseCut(arm: Arm, top: Rankings, query: usize): void {
  const cut = arm.cuts + query * F32;
  store<f32>(cut, max(load<f32>(cut), cutOf(arm, top, query)));
}

@inline
function cutOf(arm: Arm, top: Rankings, query: usize): f32 {
  const threshold = thresholdOf(top, arm.firstRanking + <i32>query);
  const unit = load<f64>(arm.units + query * F64);
  // A query of length 0 gives every passage the score 0.
  if (unit == 0) return threshold <= 0 ? -Infinity : Infinity;
  return <f32>(<f64>threshold * unit);
}

/**
 * How many passages of the first tile shall have bounds above a guess: as many times a ranking's depth, with so many of its
 * square roots added, since bounds of passages are not in the order of their scores.
 */
const GUESSED: f64 = 3;
const GUESSED_ROOTS: f64 = 3;
/** A guess needs so many times the depth of passages; with fewer, it would let most of them pass. */
const LEAST_OF_DEPTH: i32 = 8;
/** A guess is as good when it is a little low. */
const HALVINGS: i32 = 12;

/**
 * Guesses what scores must reach to stay in rankings that have nothing yet, for else a hundred and more passages would
 * go into each until there is a threshold. The guess is what the largest bounds of some part of the groups reach. It
 * is checked when the tile was scanned, see `takeBackGuesses`.
 */
function guessCuts(tile: Tile, base: Products, directed: Products | null, arm: Arm, top: Rankings): void {
  const groups = (tile.passages + GROUP - 1) / GROUP;
  // Where passages are in no order, so many of the groups have one among the best of all.
  const depth = <f64>top.depth;
  const wanted = GUESSED * (depth + GUESSED_ROOTS * Math.sqrt(depth));
  const part = 1 - Math.pow(1 - Math.min(1, wanted / <f64>tile.passages), GROUP);
  const rank = <i32>Math.ceil(<f64>groups * part);
  for (let query = 0; query < tile.asked; query += 4) {
    const end = min(query + 4, tile.asked);
    let empty = false;
    for (let q = query; q < end; q++) empty = empty || load<f32>(arm.guesses + ((<usize>q) << 2)) != -Infinity;
    if (!empty) continue;
    guessFour(tile, base, directed, arm, <usize>query, groups, rank);
    for (let q = query; q < end; q++) {
      const guess = arm.guesses + ((<usize>q) << 2);
      if (load<f32>(guess) == -Infinity) continue;
      store<f32>(guess, load<f32>(lanes + ((<usize>(q - query)) << 2)));
      store<f32>(arm.cuts + ((<usize>q) << 2), load<f32>(guess));
    }
  }
}

/**
 * Marks, in an arm's guesses, the queries whose rankings have nothing yet by 0, and others by −Infinity; returns
 * whether there are any.
 */
function markEmpty(tile: Tile, arm: Arm, top: Rankings): bool {
  let any = false;
  for (let q = 0; q < tile.asked; q++) {
    const empty = load<i32>(top.counts + ((<usize>(arm.firstRanking + q)) << 2)) == 0;
    store<f32>(arm.guesses + ((<usize>q) << 2), empty ? 0 : -Infinity);
    any = any || empty;
  }
  return any;
}

/** For four queries, a bound that at least `rank` of the groups reach, and little more of them; into `lanes`. */
function guessFour(
  tile: Tile,
  base: Products,
  directed: Products | null,
  arm: Arm,
  query: usize,
  groups: i32,
  rank: i32,
): void {
  const stride = (<usize>tile.queries) * F32;
  const step = directed ? stride : 0;
  const own = f32x4.splat(<f32>arm.own);
  const added = f32x4.splat(<f32>arm.added);
  let bounds = base.groups + query * F32;
  let others = (directed ? directed.groups : arm.constantBounds) + query * F32;
  let low = f32x4.splat(Infinity);
  let high = f32x4.splat(-Infinity);
  for (let group: usize = 0; group < <usize>groups; group++) {
    const least = v128.load32_splat(arm.inverseRanges + group * 8);
    const most = v128.load32_splat(arm.inverseRanges + group * 8, 4);
    const score = boundOfScores(bounds, others, own, added, least, most);
    v128.store(tile.work + group * 16, score);
    low = f32x4.pmin(low, score);
    high = f32x4.pmax(high, score);
    bounds += stride;
    others += step;
  }
  const wanted = i32x4.splat(rank);
  const half = f32x4.splat(0.5);
  for (let round = 0; round < HALVINGS; round++) {
    const middle = f32x4.add(low, f32x4.mul(f32x4.sub(high, low), half));
    let above = i32x4.splat(0);
    for (let group: usize = 0; group < <usize>groups; group++)
      // True is −1.
      above = i32x4.sub(above, f32x4.ge(v128.load(tile.work + group * 16), middle));
    const enough = i32x4.ge_s(above, wanted);
    low = v128.bitselect(middle, low, enough);
    high = v128.bitselect(high, middle, enough);
  }
  v128.store(lanes, low);
}

/**
 * Empties the rankings for which too much was guessed: that are not full, or whose last passage does not reach the
 * guess, so that others that were passed over may belong there. Leaves cuts that let all passages pass for these
 * queries, and none for the others.
 * @returns whether there are any
 */
function takeBackGuesses(tile: Tile, arm: Arm, top: Rankings): bool {
  let any = false;
  for (let query: usize = 0; query < <usize>tile.asked; query++) {
    const ranking = arm.firstRanking + <i32>query;
    const cut = arm.cuts + query * F32;
    const guess = load<f32>(arm.guesses + query * F32);
    store<f32>(cut, Infinity);
    if (guess == -Infinity) continue;
    settle(top, ranking);
    if (cutOf(arm, top, query) >= guess) continue;
    store<i32>(top.counts + ((<usize>ranking) << 2), 0);
    store<f32>(top.thresholds + ((<usize>ranking) << 2), -Infinity);
    store<f32>(cut, -Infinity);
    any = true;
  }
  return any;
}
