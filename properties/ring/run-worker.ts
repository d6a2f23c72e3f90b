/** Starts a TypeScript file as a worker thread and waits for its one answer, never for ever. */
import { Worker } from "node:worker_threads"

/**
 * Runs `file` (the URL of a `.ts` file) with `workerData` and resolves with the one message it posts, which
 * the caller knows to be an `A`. Rejects when the thread fails, ends without answering, or has not answered
 * after `deadlineMs`; the thread is terminated in every case.
 */
export const runWorker = <A>(file: URL, workerData: object, deadlineMs: number): Promise<A> => {
  // No inherited flags: the test runner's own loaders must not decide whether the file loads.
  const worker = new Worker(file, { workerData, execArgv: [] })
  const answer = new Promise<A>((resolve, reject) => {
    const late = () => reject(new Error(`${file.href}: no answer in ${deadlineMs} ms`))
    const timer = setTimeout(late, deadlineMs)
    worker.once("message", (message: A) => resolve(message))
    worker.once("error", reject)
    worker.once("exit", (code) => {
      clearTimeout(timer)
      reject(new Error(`${file.href}: ended with code ${code} before answering`))
    })
  })
  return answer.finally(() => worker.terminate())
}
