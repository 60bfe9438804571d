import { Tensor, type InferenceSession } from 'onnxruntime-node';
import { InvalidInputError } from '../errors.js';

/** The encoder's side of a generator: token ids in, hidden states and their mask out. */
export class GeneratorInput {
  readonly #hiddenName: string;

  constructor(
    file: string,
    readonly session: InferenceSession,
    readonly padTokenId: number,
  ) {
    const [first] = session.outputNames;
    const hiddenName = session.outputNames.includes('last_hidden_state') ? 'last_hidden_state' : first;
    const unknown = session.inputNames.filter((name) => !INPUTS.has(name));
    if (unknown.length > 0 || hiddenName === undefined)
      throw new InvalidInputError(
        `Loading the generator's encoder ${file}: expected the inputs ${[...INPUTS].join(', ')} and the output last_hidden_state, found ${session.inputNames.join(', ')} and ${session.outputNames.join(', ')}`,
      );
    this.#hiddenName = hiddenName;
  }

  /** Encodes one padded batch: hidden [rows, longest input, hidden size], mask [rows, longest input] of int64. */
  async encode(inputs: readonly (readonly number[])[]): Promise<{ hidden: Tensor; mask: Tensor }> {
    const longest = Math.max(...inputs.map((ids) => ids.length));
    const dims = [inputs.length, longest];
    const ids = new BigInt64Array(inputs.length * longest).fill(BigInt(this.padTokenId));
    const ones = new BigInt64Array(inputs.length * longest);
    inputs.forEach((input, row) => {
      ids.set(BigInt64Array.from(input, BigInt), row * longest);
      ones.fill(1n, row * longest, row * longest + input.length);
    });
    const mask = new Tensor('int64', ones, dims);
    const available: Record<string, Tensor> = {
      input_ids: new Tensor('int64', ids, dims),
      attention_mask: mask,
      token_type_ids: new Tensor('int64', new BigInt64Array(ids.length), dims),
    };
    const feeds = Object.fromEntries(
      Object.entries(available).filter(([name]) => this.session.inputNames.includes(name)),
    );
    const outputs = await this.session.run(feeds, [this.#hiddenName]);
    const hidden = outputs[this.#hiddenName];
    if (!(hidden instanceof Tensor)) throw new Error(`Encoding prompts: no output ${this.#hiddenName}`);
    return { hidden, mask };
  }
}

const INPUTS = new Set(['input_ids', 'attention_mask', 'token_type_ids']);
