// The innermost loop of vector search as WebAssembly: the products of one question with many vectors of signed bytes, 16
// numbers at a step (128-bit SIMD). Written down here as instructions, so that there is nothing to compile or to trust; some
// 30 ns for 384 dimensions, which is as fast as memory delivers them.
//
//   scan(vectors, count, stride, question, scales, out)
//     vectors   count × stride signed bytes, 16-aligned; stride a multiple of 32
//     question  stride 16-bit numbers
//     scales    count 32-bit floats
//     out       count 32-bit floats: scale × Σ vector × question

const i32 = 0x7f;
const v128 = 0x7b;

// Parameters, then locals, by their numbers.
const VECTORS = 0;
const COUNT = 1;
const STRIDE = 2;
const QUESTION = 3;
const SCALES = 4;
const OUT = 5;
const END = 6;
const AT = 7;
const LOW = 8;
const HIGH = 9;
const BYTES = 10;
/** Two groups: two addresses, three times 16 bytes. */
const locals = [2, 2, i32, 3, v128];

type Code = (number | Code)[];

const get = (local: number): Code => [0x20, local];
const set = (local: number): Code => [0x21, local];
const tee = (local: number): Code => [0x22, local];
const constant = (value: number): Code => [0x41, signed(value)];
const simd = (operation: number, ...operands: number[]): Code => [0xfd, unsigned(operation), ...operands];
const add = 0x6a;
const subtract = 0x6b;
const lessUnsigned = 0x49;
const loop = (...body: Code): Code => [0x03, 0x40, ...body, 0x0b];
const repeatIf = (...condition: Code): Code => [...condition, 0x0d, 0];
/** Loads 16 bytes that stand `offset` behind the address on the stack. */
const load = (offset: number): Code => simd(0x00, 4, ...unsigned(offset));
const zero: Code = simd(0x0c, ...Array<number>(16).fill(0));
const widenLow: Code = simd(0x87);
const widenHigh: Code = simd(0x88);
/** Eight products of 16-bit numbers, added in pairs. */
const multiplyPairs: Code = simd(0xba);
const addLanes: Code = simd(0xae);
const lane = (number: number): Code => simd(0x1b, number);
const increase = (local: number, by: number): Code => [get(local), constant(by), add, set(local)];

/** 16 numbers of the vector times 16 of the question. */
function step(offset: number): Code {
  return [
    [get(VECTORS), load(offset), tee(BYTES), widenLow, get(AT), load(2 * offset), multiplyPairs],
    [get(LOW), addLanes, set(LOW)],
    [get(BYTES), widenHigh, get(AT), load(2 * offset + 16), multiplyPairs],
    [get(HIGH), addLanes, set(HIGH)],
  ];
}

const oneVector: Code = [
  [get(VECTORS), get(STRIDE), add, set(END), get(QUESTION), set(AT)],
  [zero, set(LOW), zero, set(HIGH)],
  loop(
    step(0),
    step(16),
    increase(VECTORS, 32),
    increase(AT, 64),
    repeatIf(get(VECTORS), get(END), lessUnsigned),
  ),
  get(OUT),
  [get(LOW), get(HIGH), addLanes, tee(LOW), lane(0)],
  [get(LOW), lane(1), add, get(LOW), lane(2), add, get(LOW), lane(3), add],
  0xb2, // as a float
  [get(SCALES), 0x2a, 2, 0], // times what stands at SCALES
  0x94,
  [0x38, 2, 0], // stored at OUT
];

const body: Code = loop(
  oneVector,
  increase(SCALES, 4),
  increase(OUT, 4),
  repeatIf(get(COUNT), constant(1), subtract, tee(COUNT)),
);

/** Pages of 64 kB that the memory given to the module may have at most. */
export const PAGES_MAX = 65_536;

/** The module's bytes; it imports `m.memory` (shared) and exports `scan`. */
export function assembleKernel(): Uint8Array<ArrayBuffer> {
  const code = flat([locals, body, 0x0b]);
  const sections: Code = [
    section(1, [1, 0x60, 6, i32, i32, i32, i32, i32, i32, 0]),
    section(2, [1, text('m'), text('memory'), 2, 3, unsigned(1), unsigned(PAGES_MAX)]),
    section(3, [1, 0]),
    section(7, [1, text('scan'), 0, 0]),
    section(10, [1, unsigned(code.length), code]),
  ];
  return Uint8Array.from(flat([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, sections]));
}

function section(id: number, content: Code): Code {
  const bytes = flat(content);
  return [id, unsigned(bytes.length), bytes];
}

const text = (word: string): Code => [word.length, ...Buffer.from(word)];

function flat(code: Code): number[] {
  return code.flatMap((part) => (typeof part === 'number' ? [part] : flat(part)));
}

/** LEB128, as WebAssembly writes whole numbers. */
function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest > 127) {
    bytes.push((rest & 127) | 128);
    rest >>>= 7;
  }
  return [...bytes, rest];
}

/** Of the few small numbers above: none needs more than two bytes. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, value >> 7];
}
