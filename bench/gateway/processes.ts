// Starts the processes of a run and sees that none outlives it: each gets a process group of its own, which is ended when
// the run ends, fails or is interrupted. Their output goes to files in the run's folder.
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export type Command = {
  name: string;
  command: string;
  args: string[];
  env?: Record<string, string>;
  cwd?: string;
};
export type Started = { pid: number; logFile: string; isRunning(): boolean; stop(): Promise<void> };
export type Processes = {
  /** Starts a process that runs until it is stopped. */
  start(command: Command): Started;
  /** Runs a command to its end and gives its output; throws with the end of the output when it fails or takes too long. */
  run(command: Command, timeoutMs: number): Promise<string>;
  stopAll(): Promise<void>;
  /** Ends everything at once, for a process that is about to exit. */
  killAll(): void;
};

const STOP_MS = 8_000;

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (child.pid) process.kill(-child.pid, signal);
  } catch {
    // the group is gone already
  }
}

/** Asks a group to end, makes it after a while, and waits for its leader. */
async function endGroup(child: ChildProcess, ended: Promise<number>): Promise<void> {
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_MS);
  await ended.catch(() => 1);
  clearTimeout(timer);
  signalGroup(child, 'SIGKILL'); // what the leader left behind
}

/** The last lines of a log, for an error message. */
export function readTail(file: string, lines = 12): string {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

/** Makes the starter; `environment` is what every process gets beside its own variables. */
export function createProcesses(folder: string, environment: Record<string, string>): Processes {
  const running = new Set<ChildProcess>();
  let count = 0;

  function launch(command: Command): { child: ChildProcess; logFile: string; ended: Promise<number> } {
    const logFile = join(folder, `${String(++count).padStart(2, '0')}-${command.name}.log`);
    const log = openSync(logFile, 'w');
    const child = spawn(command.command, command.args, {
      cwd: command.cwd ?? folder,
      env: { ...environment, ...command.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    running.add(child);
    const ended = new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => resolve(code ?? 1));
    }).finally(() => running.delete(child));
    ended.catch(() => {}); // told by whoever waits for it
    return { child, logFile, ended };
  }

  const stops: (() => Promise<void>)[] = [];
  return {
    start(command) {
      const { child, logFile, ended } = launch(command);
      const end = async () => {
        if (running.has(child)) await endGroup(child, ended);
      };
      stops.push(end);
      return { pid: child.pid ?? 0, logFile, isRunning: () => running.has(child), stop: end };
    },
    async run(command, timeoutMs) {
      const { child, logFile, ended } = launch(command);
      const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), timeoutMs);
      const code = await ended.finally(() => clearTimeout(timer));
      if (code !== 0)
        throw new Error(`${basename(command.command)} failed (${code}): ${readTail(logFile, 4)}`);
      return readFileSync(logFile, 'utf8');
    },
    stopAll: async () => void (await Promise.all(stops.map((end) => end()))),
    killAll: () => running.forEach((child) => void signalGroup(child, 'SIGKILL')),
  };
}

/** A TCP port of the loopback interface that is free now. */
export function findPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

/** Asks `isReady` again and again until it says yes; throws with the log's end when the process dies or time is up. */
export async function waitUntilReady(
  started: Started,
  timeoutMs: number,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  while (Date.now() < deadline) {
    if (!started.isRunning()) throw new Error(`ended at its start: ${readTail(started.logFile)}`);
    if (await isReady().catch(() => false)) return;
    await sleep(100);
  }
  await started.stop();
  throw new Error(`not ready after ${timeoutMs / 1000} s: ${readTail(started.logFile)}`);
}
