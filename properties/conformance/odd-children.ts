/** Programs that are no good partners, one for each way; each is a text for `node -e`. */

/** Calls `line(text, n)` for every line of standard input, `n` the number it has. */
const EACH = "require('node:readline').createInterface({ input: process.stdin }).on('line', (text) => line(text, JSON.parse(text).n));"
const RIGHT = "const right = (n) => console.log(JSON.stringify({ n, out: [] }));"

const program = (line: string): string => `${RIGHT} const line = (text, n) => { ${line} }; ${EACH}`

/** What the programs do wrong at the line numbered 2. */
export const oddChildren = {
  ends: program("if (n < 2) right(n); else { console.error('cannot go on'); process.exitCode = 7; process.stdin.destroy() }"),
  isKilled: program("if (n < 2) right(n); else process.kill(process.pid, 'SIGTERM')"),
  closesOutput: program("if (n < 2) right(n); else require('node:fs').closeSync(1)"),
  isSilent: program("if (n < 2) right(n)"),
  isSlow: program("if (n < 2) right(n); else setTimeout(() => right(n), 1500)"),
  breaksOff: program("if (n < 2) right(n); else process.stdout.write('{\"n\":2,')"),
  answersTwice: program("right(n); if (n > 1) right(n)"),
  hasNoEnd: program("if (n < 2) right(n); else for (let i = 0; i < 40; i++) process.stdout.write('x'.repeat(65536))"),
  saysHello: program("if (n < 2) right(n); else console.log('Hello!')"),
  hasUnknownKey: program("if (n < 2) right(n); else console.log(JSON.stringify({ n, out: [], time: 3 }))"),
  hasNoOutputs: program("if (n < 2) right(n); else console.log(JSON.stringify({ n }))"),
  miscounts: program("if (n < 2) right(n); else right(n + 1)"),
  /** Answers rightly, with an empty line of every other end, and goes on after its input has ended. */
  isRight: program("console.log(JSON.stringify({ in: JSON.parse(text).in, n, out: [] }) + '\\r')") + " setInterval(() => {}, 1000)",
  /** Starts a process of its own that writes its pid to standard error and never ends. */
  hasChild: program("right(n)") +
    " const c = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']); console.error(`child ${c.pid}`)"
} as const
