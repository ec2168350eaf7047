// How far it is: a bar on a terminal, lines otherwise; always on standard error, so that the report stays alone on the other.
import cliProgress from 'cli-progress';
import { plainText, type Shell } from '../terminal/shell.ts';

const BAR_WIDTH = 30;
/** The word before the bar and the numbers behind it. */
const REST_WIDTH = 26;

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
    barsize: BAR_WIDTH,
    // The terminal is left as it is, and Ctrl-C ends the program: nothing has to be put back.
    ...{ hideCursor: null, linewrap: true, gracefulExit: false },
  });
  bar.start(total, 0, { line: '' });
  const room = Math.max(0, (stderr.columns || 80) - BAR_WIDTH - REST_WIDTH);
  const shorten = (line: string) => ({ line: plainText(line).slice(0, room) });
  return {
    step: (line) => bar.increment(1, line === undefined ? undefined : shorten(line)),
    say: (line) => bar.update(shorten(line)),
    stop: () => bar.stop(),
  };
}
