// How far it is: a bar on a terminal, lines otherwise; always on standard error, so that the report stays alone on the other.
import cliProgress from 'cli-progress';
import { plainText, type Shell } from '../terminal/shell.ts';

export type Progress = {
  /** One more is done; `line` is said where something is worth saying. */
  step(line?: string): void;
  say(line: string): void;
  stop(): void;
};

/** Begins to show `total` steps of a work named in one word; names in lines cannot steer the terminal. */
export function showProgress({ stderr }: Pick<Shell, 'stderr'>, what: string, total: number): Progress {
  let done = 0;
  if (!stderr.isTTY || total === 0) {
    const say = (line: string) => void stderr.write(`${plainText(line)}\n`);
    return {
      step: (line) => {
        done++;
        if (line !== undefined) say(`${what} ${done}/${total}: ${line}`);
      },
      say,
      stop: () => {},
    };
  }
  const bar = new cliProgress.SingleBar({
    format: `${what} [{bar}] {value}/{total} {line}`,
    stream: stderr as NodeJS.WritableStream,
    hideCursor: true,
    barsize: 30,
    linewrap: false,
  });
  bar.start(total, 0, { line: '' });
  return {
    step: (line) => bar.increment(1, line === undefined ? undefined : { line: plainText(line) }),
    say: (line) => bar.update({ line: plainText(line) }),
    stop: () => bar.stop(),
  };
}
