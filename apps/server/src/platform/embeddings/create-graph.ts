// Writes a model file in ONNX's format (protocol buffers), just the parts of it that one transformer needs, so that a model
// can be made here from plain weights, without Python.

/** ONNX's numbers for types of elements. */
export const elementType = { float: 1, int8: 3, int32: 6, int64: 7, float16: 10 } as const;
type ElementType = (typeof elementType)[keyof typeof elementType];
type Attribute = string | number | { float: number };

export type Tensor = { name: string; dims: number[]; type: ElementType; bytes: Uint8Array };
export type Step = {
  op: string;
  inputs: string[];
  outputs?: string[];
  attributes?: Record<string, Attribute>;
  /** The operator set it belongs to; the standard one if not given. */
  domain?: string;
};
export type Port = { name: string; type: ElementType; dims: (string | number)[] };
export type Graph = ReturnType<typeof createGraph>;

/** Begins a graph: tensors and steps are added in the order they are computed in. */
export function createGraph(domains: Record<string, number>) {
  const tensors: Buffer[] = [];
  const steps: Buffer[] = [];
  return {
    /** Adds a constant and answers its name. */
    tensor({ name, dims, type, bytes }: Tensor): string {
      const shape = dims.map((size) => number(1, size));
      tensors.push(bytesOf(5, join(...shape, number(2, type), bytesOf(8, name), bytesOf(9, bytes))));
      return name;
    },
    /** Adds a step and answers the name of its first output. */
    step({ op, inputs, outputs = [`t${steps.length}`], attributes = {}, domain }: Step): string {
      const fields = [
        ...inputs.map((name) => bytesOf(1, name)),
        ...outputs.map((name) => bytesOf(2, name)),
        bytesOf(3, `${op}_${steps.length}`),
        bytesOf(4, op),
        ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
        ...(domain ? [bytesOf(7, domain)] : []),
      ];
      steps.push(bytesOf(1, join(...fields)));
      return outputs[0]!;
    },
    /** The whole file. */
    finish(inputs: Port[], outputs: Port[]): Buffer {
      const ports = [...inputs.map((port) => portOf(11, port)), ...outputs.map((port) => portOf(12, port))];
      const graph = bytesOf(7, join(...steps, bytesOf(2, 'graph'), ...tensors, ...ports));
      const sets = Object.entries(domains).map(([name, version]) =>
        bytesOf(8, join(bytesOf(1, name), number(2, version))),
      );
      return join(number(1, IR_VERSION), bytesOf(2, 'insula'), graph, ...sets);
    },
  };
}

const IR_VERSION = 9;

function join(...parts: Uint8Array[]): Buffer {
  return Buffer.concat(parts);
}

function varint(value: number): Buffer {
  let rest = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

const tag = (field: number, wire: number) => varint((field << 3) | wire);
const number = (field: number, value: number) => join(tag(field, 0), varint(value));

function bytesOf(field: number, value: Uint8Array | string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value;
  return join(tag(field, 2), varint(bytes.length), bytes);
}

function attribute(name: string, value: Attribute): Buffer {
  if (typeof value === 'string') return bytesOf(5, join(bytesOf(1, name), bytesOf(4, value), number(20, 3)));
  if (typeof value === 'number') return bytesOf(5, join(bytesOf(1, name), number(3, value), number(20, 2)));
  const float = Buffer.alloc(4);
  float.writeFloatLE(value.float);
  return bytesOf(5, join(bytesOf(1, name), tag(2, 5), float, number(20, 1)));
}

function portOf(field: number, { name, type, dims }: Port): Buffer {
  const shape = dims.map((size) => bytesOf(1, typeof size === 'string' ? bytesOf(2, size) : number(1, size)));
  const tensor = join(number(1, type), bytesOf(2, join(...shape)));
  return bytesOf(field, join(bytesOf(1, name), bytesOf(2, bytesOf(1, tensor))));
}
