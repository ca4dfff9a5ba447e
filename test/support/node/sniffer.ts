import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { toCommandIn } from './enter.ts';

/** Node has no raw sockets, Python has; it looks at every packet of a device until its input ends. */
const PROGRAM = `
import json, select, socket, sys
words = [word.encode() for word in sys.argv[2:]]
wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
wire.bind((sys.argv[1], 0))
packets, seen = 0, set()
print("ready", flush=True)
while True:
    ready = select.select([wire, sys.stdin], [], [])[0]
    if wire in ready:
        packet = wire.recv(65535)
        packets += 1
        seen.update(word for word in words if word in packet)
    elif sys.stdin in ready:
        break
print(json.dumps({"packets": packets, "seen": sorted(word.decode() for word in seen)}))
`;

/** What has passed a device. */
export interface Sniffed {
  readonly packets: number;
  /** Which of the words were readable, in the order of the alphabet. */
  readonly seen: readonly string[];
}

/** Looks for words in what passes a device while something happens. */
export async function sniff(
  wire: { readonly network: string; readonly device: string },
  words: readonly string[],
  happen: () => Promise<unknown>,
): Promise<Sniffed> {
  const python = [process.env.PYTHON ?? 'python3', '-c', PROGRAM, wire.device, ...words] as const;
  const [program, ...args] = toCommandIn({ network: wire.network }, [...python]);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  try {
    await lines.next();
    await happen();
    child.stdin.end();
    const { value } = await lines.next();
    return JSON.parse(value ?? '');
  } finally {
    child.kill();
  }
}
